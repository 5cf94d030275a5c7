using System.Collections.Immutable;
using System.Globalization;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Lab.Manifests;

namespace Orleans.Cn2.Cli.Manifests;

/// <summary>A v1 Service of a manifest as the domain takes it. Types are checked here, values by the rules of admission.</summary>
internal sealed class ServiceDocument
{
    private static readonly string[] Known =
    [
        "type", "clusterIP", "clusterIPs", "ipFamilyPolicy", "ipFamilies", "selector", "ports", "sessionAffinity", "sessionAffinityConfig",
        "internalTrafficPolicy", "externalTrafficPolicy", "publishNotReadyAddresses", "trafficDistribution", "externalName", "externalIPs",
        "loadBalancerIP", "allocateLoadBalancerNodePorts", "loadBalancerClass", "loadBalancerSourceRanges", "healthCheckNodePort",
    ];

    private readonly ManifestDocument _document;
    private readonly List<ManifestError> _errors = [];

    private ServiceDocument(ManifestDocument document) => _document = document;

    /// <summary>Reads a Service. What is empty counts as not given, as it does in a message of the API.</summary>
    /// <exception cref="ManifestException">Fields have the wrong type or are unknown; all of them at once.</exception>
    public static ServiceManifest Read(ManifestDocument document)
    {
        ServiceDocument reader = new(document);
        ServiceManifest service = reader.Read();
        return reader._errors.Count == 0 ? service : throw new ManifestException([.. reader._errors]);
    }

    private ServiceManifest Read()
    {
        ManifestNode? metadata = _document.Root["metadata"];
        ManifestNode? spec = _document.Root["spec"];
        ServiceManifest service = new()
        {
            Name = new NamespacedName(_document.Namespace, _document.Name),
            Uid = Uid(metadata?["uid"]),
            ResourceVersion = Text(metadata?["resourceVersion"]),
            Labels = new LabelSet(Map(metadata?["labels"])),
            Annotations = new LabelSet(Map(metadata?["annotations"])),
            Spec = new ServiceSpec
            {
                Type = Text(spec?["type"]),
                ClusterIP = Text(spec?["clusterIP"]),
                ClusterIPs = List(spec?["clusterIPs"]),
                IpFamilyPolicy = Text(spec?["ipFamilyPolicy"]),
                IpFamilies = List(spec?["ipFamilies"]),
                Selector = Map(spec?["selector"]) is { Count: > 0 } labels ? new LabelSet(labels) : null,
                Ports = NullIfEmpty(Elements(spec?["ports"]).Select(Port).ToValueList()),
                SessionAffinity = Text(spec?["sessionAffinity"]),
                SessionAffinityConfig = spec?["sessionAffinityConfig"]?["clientIP"]?["timeoutSeconds"] is { } timeout
                    ? new SessionAffinityConfigSpec(new ClientIPConfigSpec(Number(timeout)))
                    : null,
                InternalTrafficPolicy = Text(spec?["internalTrafficPolicy"]),
                ExternalTrafficPolicy = Text(spec?["externalTrafficPolicy"]),
                PublishNotReadyAddresses = Flag(spec?["publishNotReadyAddresses"]),
                TrafficDistribution = Text(spec?["trafficDistribution"]),
                ExternalName = Text(spec?["externalName"]),
                ExternalIPs = List(spec?["externalIPs"]),
                LoadBalancerIP = Text(spec?["loadBalancerIP"]),
            },
        };
        foreach ((string field, ManifestNode value) in spec?.Fields ?? [])
        {
            if (!Known.Contains(field))
            {
                _errors.Add(_document.Error(value, "unknown field"));
            }
        }

        return service;
    }

    private ServicePortSpec Port(ManifestNode node) => new()
    {
        Name = Text(node["name"]),
        Protocol = Text(node["protocol"]),
        Port = node["port"] is { } port ? Number(port) : 0,
        TargetPort = node["targetPort"] is { } target ? TargetPort(target) : null,
        NodePort = node["nodePort"] is { } nodePort ? Number(nodePort) : null,
        AppProtocol = Text(node["appProtocol"]),
    };

    // A message of the API can't tell 8080 from "8080" either: both are the number.
    private IntOrString? TargetPort(ManifestNode node)
    {
        if (node.Kind == ManifestNodeKind.Scalar)
        {
            return int.TryParse(node.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? IntOrString.Of(number) : IntOrString.Of(node.Text);
        }

        _errors.Add(_document.Error(node, "must be a port number or the name of a container port"));
        return null;
    }

    private Guid? Uid(ManifestNode? node)
    {
        if (Text(node) is not { } text)
        {
            return null;
        }

        if (Guid.TryParse(text, out Guid uid))
        {
            return uid;
        }

        _errors.Add(_document.Error(node!, "must be a UUID"));
        return null;
    }

    private string? Text(ManifestNode? node)
    {
        if (node is null || node.IsString)
        {
            return node is { Text.Length: > 0 } ? node.Text : null;
        }

        _errors.Add(_document.Error(node, "must be a string"));
        return null;
    }

    private int Number(ManifestNode node)
    {
        if (node.TryInteger(out long value) && value is >= int.MinValue and <= int.MaxValue)
        {
            return (int)value;
        }

        _errors.Add(_document.Error(node, string.Create(CultureInfo.InvariantCulture, $"must be an integer between {int.MinValue} and {int.MaxValue}")));
        return 0;
    }

    private bool Flag(ManifestNode? node)
    {
        if (node is null || node.TryBoolean(out bool value))
        {
            return node is not null && node.TryBoolean(out value) && value;
        }

        _errors.Add(_document.Error(node, "must be true or false"));
        return false;
    }

    private ValueList<string>? List(ManifestNode? node) => NullIfEmpty(Elements(node).Select(item => Text(item) ?? "").ToValueList());

    private static ValueList<T>? NullIfEmpty<T>(ValueList<T> list)
        where T : notnull => list.Count == 0 ? null : list;

    private ImmutableArray<ManifestNode> Elements(ManifestNode? node)
    {
        if (node is null || node.Kind == ManifestNodeKind.Sequence)
        {
            return node?.Items ?? [];
        }

        _errors.Add(_document.Error(node, "must be a list"));
        return [];
    }

    private Dictionary<string, string> Map(ManifestNode? node)
    {
        if (node is null || node.Kind == ManifestNodeKind.Mapping)
        {
            return (node?.Fields ?? []).Where(field => !field.Value.IsNull).ToDictionary(field => field.Key, field => Text(field.Value) ?? "");
        }

        _errors.Add(_document.Error(node, "must be a map of strings"));
        return [];
    }
}
