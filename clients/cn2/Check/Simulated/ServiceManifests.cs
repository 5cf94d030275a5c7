using System.Globalization;
using Google.Protobuf.Collections;
using Orleans.Cn2.Cli.Manifests;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Lab.Manifests;
using V1 = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Check.Simulated;

/// <summary>Services of manifests as the rules of the domain take them: what the API does where there is a control plane.</summary>
internal static class ServiceManifests
{
    /// <summary>A manifest's Service, as asked.</summary>
    public static ServiceManifest Of(ManifestDocument document)
    {
        V1.Service service = ServiceDocument.Read(document);
        return new ServiceManifest
        {
            Name = new NamespacedName(document.Namespace, document.Name),
            Labels = new LabelSet(service.Metadata.Labels),
            Annotations = new LabelSet(service.Metadata.Annotations),
            Spec = Spec(service.Spec),
        };
    }

    private static ServiceSpec Spec(V1.ServiceSpec spec) => new()
    {
        Type = Text(spec.Type),
        ClusterIP = Text(spec.ClusterIp),
        ClusterIPs = List(spec.ClusterIps),
        IpFamilyPolicy = Text(spec.IpFamilyPolicy),
        IpFamilies = List(spec.IpFamilies),
        Selector = spec.Selector.Count == 0 ? null : new LabelSet(spec.Selector),
        Ports = spec.Ports.Count == 0 ? null : spec.Ports.Select(Port).ToValueList(),
        SessionAffinity = Text(spec.SessionAffinity),
        SessionAffinityConfig = spec.HasSessionAffinityTimeoutSeconds
            ? new SessionAffinityConfigSpec(new ClientIPConfigSpec(spec.SessionAffinityTimeoutSeconds))
            : null,
        InternalTrafficPolicy = Text(spec.InternalTrafficPolicy),
        ExternalTrafficPolicy = Text(spec.ExternalTrafficPolicy),
        PublishNotReadyAddresses = spec.PublishNotReadyAddresses,
        TrafficDistribution = Text(spec.TrafficDistribution),
        ExternalName = Text(spec.ExternalName),
        ExternalIPs = List(spec.ExternalIps),
        LoadBalancerIP = Text(spec.LoadBalancerIp),
    };

    private static ServicePortSpec Port(V1.ServicePort port) => new()
    {
        Name = Text(port.Name),
        Protocol = Text(port.Protocol),
        Port = port.Port,
        TargetPort = port.TargetPort.Length == 0 ? null
            : int.TryParse(port.TargetPort, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? IntOrString.Of(number)
            : IntOrString.Of(port.TargetPort),
        NodePort = port.NodePort == 0 ? null : port.NodePort,
        AppProtocol = Text(port.AppProtocol),
    };

    private static string? Text(string text) => text.Length == 0 ? null : text;

    private static ValueList<string>? List(RepeatedField<string> list) => list.Count == 0 ? null : list.ToValueList();
}
