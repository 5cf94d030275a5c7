using System.Collections.Immutable;
using System.Text;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab.Manifests;

/// <summary>Sorts documents by kind and turns those that the lab acts on into its own types.</summary>
internal static class ManifestMapper
{
    /// <summary>Kinds that are acted on here or handed to the control plane, whatever their group.</summary>
    public static bool Knows(string? kind) => kind is "ConfigMap" or "Service" or "Namespace"
        or "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet" or "ReplicationController" or "Pod";

    public static ManifestSet Map(IEnumerable<ManifestDocument> documents, ICollection<ManifestError> errors)
    {
        List<WorkloadSpec> workloads = [];
        List<ConfigMapSpec> configMaps = [];
        List<ManifestDocument> handedOver = [];
        List<ServiceTargets> targets = [];
        List<ManifestDocument> skipped = [];
        Dictionary<string, ManifestDocument> seen = [];
        foreach (ManifestDocument document in documents)
        {
            string group = document.ApiVersion.Contains('/') ? document.ApiVersion[..document.ApiVersion.IndexOf('/')] : "";
            if ((group, document.Kind) is not (("", "ConfigMap" or "Service" or "Namespace" or "ReplicationController" or "Pod")
                or ("apps", "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet")))
            {
                skipped.Add(document);
                continue;
            }

            string key = $"{document.Kind}/{document.Namespace}/{document.Name}";
            if (!seen.TryAdd(key, document))
            {
                errors.Add(document.Error(document.Root["metadata"]?["name"], "metadata.name",
                    $"Duplicate value: {document.Kind} stands already in {seen[key].Source}, document {seen[key].Index}"));
                continue;
            }

            List<ManifestError> found = [];
            switch (document.Kind)
            {
                case "ConfigMap":
                    AddValid(configMaps, ConfigMap(document, found));
                    break;
                case "Service":
                    targets.Add(ServiceTargetsMapper.Map(document));
                    handedOver.Add(document);
                    break;
                case "Namespace":
                    handedOver.Add(document);
                    break;
                default:
                    AddValid(workloads, Workload(document, found));
                    break;
            }

            foreach (ManifestError error in found)
            {
                errors.Add(error);
            }

            void AddValid<T>(List<T> list, T? item)
                where T : class
            {
                if (item is not null && found.Count == 0)
                {
                    list.Add(item);
                }
            }
        }

        return new()
        {
            Workloads = [.. workloads],
            ConfigMaps = [.. configMaps],
            Targets = [.. targets],
            HandedOver = [.. handedOver],
            Skipped = [.. skipped],
        };
    }

    private static WorkloadSpec? Workload(ManifestDocument document, List<ManifestError> errors)
    {
        int before = errors.Count;
        FieldReader reader = new(document, errors);
        WorkloadKind kind = Enum.Parse<WorkloadKind>(document.Kind);
        WorkloadId id = new(kind, document.Namespace, document.Name);
        if (reader.Root["metadata"]!["name"] is { } name && !DnsNames.IsSubdomain(name.Text))
        {
            reader.Error(name, DnsNames.SubdomainRule);
        }

        if (reader.Root["metadata"]!["namespace"] is { } ns && !DnsNames.IsLabel(ns.Text))
        {
            reader.Error(ns, DnsNames.LabelRule);
        }

        ManifestNode? spec = reader.RequiredObject(reader.Root, "spec");
        if (kind == WorkloadKind.Pod)
        {
            PodTemplate? pod = spec is null ? null : PodTemplateMapper.Map(reader, reader.Root, spec);
            return pod is null || errors.Count > before ? null : new() { Id = id, Replicas = 1, Template = pod };
        }

        ManifestNode? template = spec is null ? null : reader.RequiredObject(spec, "template");
        ManifestNode? podSpec = template is null ? null : reader.RequiredObject(template, "spec");
        if (spec is null || template is null || podSpec is null)
        {
            return null;
        }

        int replicas = kind == WorkloadKind.DaemonSet ? 0 : (int)reader.Integer(spec, "replicas", 0, int.MaxValue, 1);
        PodTemplate mapped = PodTemplateMapper.Map(reader, template, podSpec);
        CheckSelector(reader, spec, kind, mapped);
        return errors.Count > before ? null : new()
        {
            Id = id,
            Replicas = replicas,
            Template = mapped,
            FirstOrdinal = (int)reader.Integer(reader.Object(spec, "ordinals"), "start", 0, int.MaxValue, 0),
        };
    }

    private static void CheckSelector(FieldReader reader, ManifestNode spec, WorkloadKind kind, PodTemplate template)
    {
        ManifestNode? owner = kind == WorkloadKind.ReplicationController ? spec : reader.Object(spec, "selector");
        string field = kind == WorkloadKind.ReplicationController ? "selector" : "matchLabels";
        foreach ((string key, string value) in reader.Texts(owner, field))
        {
            if (template.Labels.GetValueOrDefault(key) != value)
            {
                reader.Error(spec["selector"]!, $"`selector` does not match template `labels`: {key}={value} isn't among them");
            }
        }
    }

    private static ConfigMapSpec ConfigMap(ManifestDocument document, List<ManifestError> errors)
    {
        FieldReader reader = new(document, errors);
        var files = ImmutableSortedDictionary.CreateBuilder<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach ((string key, string value) in reader.Texts(document.Root, "data"))
        {
            files[key] = Encoding.UTF8.GetBytes(value);
        }

        foreach ((string key, string value) in reader.Texts(document.Root, "binaryData"))
        {
            byte[] bytes = new byte[value.Length];
            if (Convert.TryFromBase64String(value, bytes, out int length))
            {
                files[key] = bytes.AsMemory(0, length);
            }
            else
            {
                reader.Error(document.Root["binaryData"]![key]!, "must be base64");
            }
        }

        foreach (string key in files.Keys.Where(k => !DnsNames.IsConfigMapKey(k)))
        {
            ManifestNode at = document.Root["data"]?[key] ?? document.Root["binaryData"]![key]!;
            errors.Add(document.Error(at, "a valid config key must consist of alphanumeric characters, '-', '_' or '.', and be no '.' or '..'") with { Value = key });
        }

        return new(document.Namespace, document.Name, files.ToImmutable());
    }
}
