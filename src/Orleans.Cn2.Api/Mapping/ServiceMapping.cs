using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Endpoints;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Mapping;

/// <summary>Services as clients see them.</summary>
internal static class ServiceMapping
{
    public static Proto.Service ToProto(ServiceView view, DateTimeOffset now)
    {
        Proto.Service service = new()
        {
            Metadata = ToMetadata(
                view.Name.Namespace, view.Name.Name, view.Uid, view.ResourceVersion, view.CreatedAt, view.Admitted.Labels, view.Admitted.Annotations),
            Spec = ToProto(view.Admitted.Spec),
            Status = new Proto.ServiceStatus
            {
                Generation = view.Generation,
                Phase = view.Phase.ToString(),
                ReadyEndpoints = view.Endpoints.Count(endpoint => endpoint.Ready),
                TotalEndpoints = view.Endpoints.Count,
            },
        };
        service.Status.FloatingIps.AddRange(view.FloatingIps.Select(fip => ToProto(view, fip, now)));
        return service;
    }

    public static Proto.ObjectMeta ToMetadata(
        string ns, string name, Guid uid, ulong resourceVersion, DateTimeOffset createdAt, LabelSet labels, LabelSet annotations)
    {
        Proto.ObjectMeta metadata = new()
        {
            Namespace = ns,
            Name = name,
            Uid = uid.ToString(),
            ResourceVersion = resourceVersion.ToString(CultureInfo.InvariantCulture),
            CreationTimestamp = createdAt.ToTimestamp(),
        };
        metadata.Labels.Add(labels.ToDictionary());
        metadata.Annotations.Add(annotations.ToDictionary());
        return metadata;
    }

    private static Proto.ServiceSpec ToProto(AdmittedSpec spec)
    {
        Proto.ServiceSpec message = new()
        {
            Type = spec.Type.ToString(),
            IpFamilyPolicy = spec.IpFamilyPolicy?.ToString() ?? "",
            SessionAffinity = spec.SessionAffinity.ToString(),
            InternalTrafficPolicy = spec.InternalTrafficPolicy?.ToString() ?? "",
            ExternalTrafficPolicy = spec.ExternalTrafficPolicy?.ToString() ?? "",
            PublishNotReadyAddresses = spec.PublishNotReadyAddresses,
            TrafficDistribution = spec.TrafficDistribution?.ToString() ?? "",
            ExternalName = spec.ExternalName ?? "",
            LoadBalancerIp = spec.LoadBalancerIP ?? "",
        };
        if (spec.Headless)
        {
            message.ClusterIp = "None";
            message.ClusterIps.Add("None");
        }
        else if (spec.ClusterIPs.Count > 0)
        {
            message.ClusterIp = spec.ClusterIPs[0].ToString();
            message.ClusterIps.AddRange(spec.ClusterIPs.Select(address => address.ToString()));
        }

        if (spec.AffinityTimeoutSeconds is int seconds)
        {
            message.SessionAffinityTimeoutSeconds = seconds;
        }

        message.IpFamilies.AddRange(spec.IpFamilies.Select(family => family.ToString()));
        message.ExternalIps.AddRange(spec.ExternalIPs.Select(address => address.ToString()));
        message.Selector.Add((spec.Selector ?? LabelSet.Empty).ToDictionary());
        message.Ports.AddRange(spec.Ports.Select(port => new Proto.ServicePort
        {
            Name = port.Name,
            Protocol = Name(port.Protocol),
            Port = port.Port,
            TargetPort = port.TargetPort.ToString(),
            NodePort = port.NodePort,
            AppProtocol = port.AppProtocol ?? "",
        }));
        return message;
    }

    private static Proto.FloatingIp ToProto(ServiceView view, FloatingIp fip, DateTimeOffset now)
    {
        ServiceEndpoint[] paths = [.. view.Endpoints.Where(endpoint => endpoint.Selected && endpoint.AddressOf(fip.Address.Family).IsSet)];
        Proto.FloatingIp message = new()
        {
            Name = $"{view.Name.Namespace}-{view.Name.Name}-{(fip.Address.Family == IpFamily.IPv4 ? "v4" : "v6")}",
            Address = fip.Address.ToString(),
            Family = fip.Address.Family.ToString(),
            Subnet = fip.Subnet,
            State = view.Phase == ServicePhase.Deleting ? "Releasing" : paths.Any(path => path.Ready) ? "Active" : "NoEndpoints",
            AgeSeconds = (long)(now - fip.Since).TotalSeconds,
            Service = view.Name.ToString(),
        };
        message.Interfaces.AddRange(paths.Select(path => path.Vmi.ToString()));
        message.PortMappings.AddRange(view.Admitted.Spec.Ports.Select(port => $"{Name(port.Protocol)}/{port.Port}->{port.TargetPort}"));
        return message;
    }

    public static string Name(TransportProtocol protocol) => protocol.ToString().ToUpperInvariant();
}
