using Orleans.Cn2.Core.Services;
using V1 = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Manifests;

/// <summary>A Service as asked, in a message of the API: what is not given stays empty.</summary>
internal static class ServiceMessage
{
    public static V1.Service Of(ServiceManifest manifest)
    {
        V1.Service service = new()
        {
            Metadata = new V1.ObjectMeta
            {
                Namespace = manifest.Name.Namespace,
                Name = manifest.Name.Name,
                Uid = manifest.Uid?.ToString() ?? "",
                ResourceVersion = manifest.ResourceVersion ?? "",
            },
            Spec = Spec(manifest.Spec),
        };
        service.Metadata.Labels.Add(manifest.Labels.ToDictionary());
        service.Metadata.Annotations.Add(manifest.Annotations.ToDictionary());
        return service;
    }

    private static V1.ServiceSpec Spec(ServiceSpec spec)
    {
        V1.ServiceSpec message = new()
        {
            Type = spec.Type ?? "",
            ClusterIp = spec.ClusterIP ?? "",
            IpFamilyPolicy = spec.IpFamilyPolicy ?? "",
            SessionAffinity = spec.SessionAffinity ?? "",
            InternalTrafficPolicy = spec.InternalTrafficPolicy ?? "",
            ExternalTrafficPolicy = spec.ExternalTrafficPolicy ?? "",
            PublishNotReadyAddresses = spec.PublishNotReadyAddresses,
            TrafficDistribution = spec.TrafficDistribution ?? "",
            ExternalName = spec.ExternalName ?? "",
            LoadBalancerIp = spec.LoadBalancerIP ?? "",
        };
        if (spec.SessionAffinityConfig?.ClientIP?.TimeoutSeconds is { } seconds)
        {
            message.SessionAffinityTimeoutSeconds = seconds;
        }

        message.ClusterIps.AddRange(spec.ClusterIPs ?? []);
        message.IpFamilies.AddRange(spec.IpFamilies ?? []);
        message.ExternalIps.AddRange(spec.ExternalIPs ?? []);
        message.Selector.Add(spec.Selector?.ToDictionary() ?? []);
        message.Ports.AddRange((spec.Ports ?? []).Select(port => new V1.ServicePort
        {
            Name = port.Name ?? "",
            Protocol = port.Protocol ?? "",
            Port = port.Port,
            TargetPort = port.TargetPort?.ToString() ?? "",
            NodePort = port.NodePort ?? 0,
            AppProtocol = port.AppProtocol ?? "",
        }));
        return message;
    }
}
