using System.Globalization;
using Google.Protobuf.Collections;
using Orleans.Cn2.Api.Errors;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Mapping;

/// <summary>Requests about Services as the domain takes them. An empty string or list of the message stands for an omitted field.</summary>
internal static class ManifestMapping
{
    private const string DefaultNamespace = "default";

    /// <summary>The namespace, "default" when none is given.</summary>
    public static string Namespace(string given) => given.Length == 0 ? DefaultNamespace : given;

    /// <summary>Namespace and name.</summary>
    /// <exception cref="FieldException">The name is missing.</exception>
    public static NamespacedName Name(string ns, string name) =>
        name.Length > 0 ? new(Namespace(ns), name) : throw new FieldException("metadata.name", "Required value: name is required");

    /// <summary>The Service as asked.</summary>
    /// <exception cref="FieldException">Metadata can't be read.</exception>
    public static ServiceManifest ToManifest(Proto.Service? service)
    {
        Proto.ObjectMeta metadata = service?.Metadata ?? throw new FieldException("metadata", "Required value");
        return new ServiceManifest
        {
            Name = Name(metadata.Namespace, metadata.Name),
            Uid = Uid("metadata.uid", metadata.Uid),
            Labels = Labels(metadata.Labels),
            Annotations = Labels(metadata.Annotations),
            ResourceVersion = Text(metadata.ResourceVersion),
            Spec = ToSpec(service.Spec ?? new Proto.ServiceSpec()),
        };
    }

    /// <summary>A uid, or null when none is given.</summary>
    /// <exception cref="FieldException">The text is no UUID.</exception>
    public static Guid? Uid(string field, string text) =>
        text.Length == 0 ? null
        : Guid.TryParse(text, out Guid uid) ? uid
        : throw new FieldException(field, $"Invalid value: \"{text}\": must be a UUID");

    /// <summary>Labels or annotations.</summary>
    public static LabelSet Labels(MapField<string, string> map) => new(map);

    private static ServiceSpec ToSpec(Proto.ServiceSpec spec) => new()
    {
        Type = Text(spec.Type),
        ClusterIP = Text(spec.ClusterIp),
        ClusterIPs = List(spec.ClusterIps),
        IpFamilyPolicy = Text(spec.IpFamilyPolicy),
        IpFamilies = List(spec.IpFamilies),
        Selector = spec.Selector.Count == 0 ? null : Labels(spec.Selector),
        Ports = spec.Ports.Count == 0 ? null : spec.Ports.Select(ToPort).ToValueList(),
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

    private static ServicePortSpec ToPort(Proto.ServicePort port) => new()
    {
        Name = Text(port.Name),
        Protocol = Text(port.Protocol),
        Port = port.Port,
        TargetPort = TargetPort(port.TargetPort),
        NodePort = port.NodePort == 0 ? null : port.NodePort,
        AppProtocol = Text(port.AppProtocol),
    };

    private static IntOrString? TargetPort(string text) =>
        text.Length == 0 ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? IntOrString.Of(number)
        : IntOrString.Of(text);

    private static string? Text(string text) => text.Length == 0 ? null : text;

    private static ValueList<string>? List(RepeatedField<string> list) => list.Count == 0 ? null : list.ToValueList();
}
