using System.Collections.Immutable;
using System.Globalization;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Manifests;

/// <summary>A v1 Service of a manifest as the API takes it. Types are checked here, values by the control plane.</summary>
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

    /// <summary>Reads a Service.</summary>
    /// <exception cref="ManifestException">Fields have the wrong type or are unknown; all of them at once.</exception>
    public static Service Read(ManifestDocument document)
    {
        ServiceDocument reader = new(document);
        Service service = reader.Read();
        return reader._errors.Count == 0 ? service : throw new ManifestException([.. reader._errors]);
    }

    private Service Read()
    {
        ManifestNode? metadata = _document.Root["metadata"];
        ManifestNode? spec = _document.Root["spec"];
        Service service = new()
        {
            Metadata = new ObjectMeta
            {
                Namespace = _document.Namespace,
                Name = _document.Name,
                Uid = Text(metadata?["uid"]),
                ResourceVersion = Text(metadata?["resourceVersion"]),
            },
            Spec = new ServiceSpec
            {
                Type = Text(spec?["type"]),
                ClusterIp = Text(spec?["clusterIP"]),
                IpFamilyPolicy = Text(spec?["ipFamilyPolicy"]),
                SessionAffinity = Text(spec?["sessionAffinity"]),
                InternalTrafficPolicy = Text(spec?["internalTrafficPolicy"]),
                ExternalTrafficPolicy = Text(spec?["externalTrafficPolicy"]),
                PublishNotReadyAddresses = Flag(spec?["publishNotReadyAddresses"]),
                TrafficDistribution = Text(spec?["trafficDistribution"]),
                ExternalName = Text(spec?["externalName"]),
                LoadBalancerIp = Text(spec?["loadBalancerIP"]),
            },
        };
        service.Metadata.Labels.Add(Map(metadata?["labels"]));
        service.Metadata.Annotations.Add(Map(metadata?["annotations"]));
        service.Spec.ClusterIps.AddRange(List(spec?["clusterIPs"]));
        service.Spec.IpFamilies.AddRange(List(spec?["ipFamilies"]));
        service.Spec.ExternalIps.AddRange(List(spec?["externalIPs"]));
        service.Spec.Selector.Add(Map(spec?["selector"]));
        service.Spec.Ports.AddRange(Elements(spec?["ports"]).Select(Port));
        if (spec?["sessionAffinityConfig"]?["clientIP"]?["timeoutSeconds"] is { } timeout)
        {
            service.Spec.SessionAffinityTimeoutSeconds = Number(timeout);
        }

        foreach ((string field, ManifestNode value) in spec?.Fields ?? [])
        {
            if (!Known.Contains(field))
            {
                _errors.Add(_document.Error(value, "unknown field"));
            }
        }

        return service;
    }

    private ServicePort Port(ManifestNode node) => new()
    {
        Name = Text(node["name"]),
        Protocol = Text(node["protocol"]),
        Port = node["port"] is { } port ? Number(port) : 0,
        TargetPort = node["targetPort"] is { Kind: ManifestNodeKind.Scalar } target ? target.Text : "",
        NodePort = node["nodePort"] is { } nodePort ? Number(nodePort) : 0,
        AppProtocol = Text(node["appProtocol"]),
    };

    private string Text(ManifestNode? node)
    {
        if (node is null || node.IsString)
        {
            return node?.Text ?? "";
        }

        _errors.Add(_document.Error(node, "must be a string"));
        return "";
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

    private IEnumerable<string> List(ManifestNode? node) => Elements(node).Select(Text);

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
            return (node?.Fields ?? []).Where(field => !field.Value.IsNull).ToDictionary(field => field.Key, field => Text(field.Value));
        }

        _errors.Add(_document.Error(node, "must be a map of strings"));
        return [];
    }
}
