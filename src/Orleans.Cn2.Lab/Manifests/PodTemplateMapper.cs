using System.Collections.Immutable;
using System.Globalization;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab.Manifests;

/// <summary>Reads the part of a pod template that the lab acts on.</summary>
internal static class PodTemplateMapper
{
    public static PodTemplate Map(FieldReader reader, ManifestNode owner, ManifestNode spec)
    {
        ImmutableArray<ManifestNode> sidecars = [.. reader.Objects(spec, "initContainers").Where(c => c["restartPolicy"]?.Text == "Always")];
        ImmutableArray<ManifestNode> containers = reader.Objects(spec, "containers");
        if (containers.IsEmpty)
        {
            reader.Error(spec, "must have at least one element in containers");
        }

        PodTemplate template = new()
        {
            Labels = reader.Texts(reader.Object(owner, "metadata"), "labels"),
            Volumes = [.. reader.Objects(spec, "volumes").Select(v => Volume(reader, v))],
            HostNetwork = reader.Boolean(spec, "hostNetwork"),
            NodeName = reader.Text(spec, "nodeName"),
            Containers = [.. containers.Concat(sidecars).Select(c => Container(reader, c))],
        };
        CheckNames(reader, [.. containers, .. sidecars], template);
        return template;
    }

    private static void CheckNames(FieldReader reader, ImmutableArray<ManifestNode> nodes, PodTemplate template)
    {
        HashSet<string> volumes = [.. template.Volumes.Select(v => v.Name)];
        HashSet<string> names = [];
        foreach (ManifestNode node in nodes)
        {
            if (node["name"] is { } name && !names.Add(name.Text))
            {
                reader.Error(name, "Duplicate value");
            }

            foreach (ManifestNode mount in reader.Objects(node, "volumeMounts"))
            {
                if (mount["name"] is { } volume && !volumes.Contains(volume.Text))
                {
                    reader.Error(volume, "Not found: no such volume in spec.volumes");
                }
            }
        }
    }

    private static ContainerSpec Container(FieldReader reader, ManifestNode node)
    {
        string? name = reader.RequiredText(node, "name");
        if (name is not null && !DnsNames.IsLabel(name))
        {
            reader.Error(node["name"]!, DnsNames.LabelRule);
        }

        ImmutableArray<NamedPort> ports = [.. reader.Objects(node, "ports").Select(p => Port(reader, p)).OfType<NamedPort>()];
        return new()
        {
            Name = name ?? "",
            Image = reader.RequiredText(node, "image") ?? "",
            Ports = ports,
            Mounts = [.. reader.Objects(node, "volumeMounts").Select(m => Mount(reader, m))],
            Readiness = Probe(reader, reader.Object(node, "readinessProbe"), ports),
        };
    }

    private static NamedPort? Port(FieldReader reader, ManifestNode node)
    {
        if (node["containerPort"] is null)
        {
            reader.Error(node, "containerPort: Required value");
            return null;
        }

        long port = reader.Integer(node, "containerPort", 1, 65535, 0);
        string? name = reader.Text(node, "name");
        if (name is not null && !DnsNames.IsPortName(name))
        {
            reader.Error(node["name"]!, "must be no more than 15 characters, lower case alphanumeric or '-', with at least one letter");
        }

        TransportProtocol? protocol = reader.Text(node, "protocol") switch
        {
            null or "TCP" => TransportProtocol.Tcp,
            "UDP" => TransportProtocol.Udp,
            "SCTP" => TransportProtocol.Sctp,
            _ => null,
        };
        if (protocol is null)
        {
            reader.Error(node["protocol"]!, "Unsupported value: supported values: \"SCTP\", \"TCP\", \"UDP\"");
        }

        return port == 0 || protocol is null ? null : new(name, (ushort)port, protocol.Value);
    }

    private static MountSpec Mount(FieldReader reader, ManifestNode node)
    {
        string path = reader.RequiredText(node, "mountPath") ?? "/";
        if (!path.StartsWith('/') || path.Split('/').Contains(".."))
        {
            reader.Error(node["mountPath"]!, "must be an absolute path without '..'");
        }

        string? subPath = reader.Text(node, "subPath");
        if (subPath is not null && (subPath.StartsWith('/') || subPath.Split('/').Contains("..")))
        {
            reader.Error(node["subPath"]!, "must be a relative path without '..'");
        }

        return new(reader.RequiredText(node, "name") ?? "", path, string.IsNullOrEmpty(subPath) ? null : subPath);
    }

    private static VolumeSpec Volume(FieldReader reader, ManifestNode node)
    {
        ManifestNode? source = reader.Object(node, "configMap");
        string name = reader.RequiredText(node, "name") ?? "";
        if (source is null)
        {
            return new(name, null, false, ImmutableSortedDictionary<string, string>.Empty);
        }

        var items = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (ManifestNode item in reader.Objects(source, "items"))
        {
            string? key = reader.RequiredText(item, "key");
            string? path = reader.RequiredText(item, "path");
            if (path is not null && (path.StartsWith('/') || path.Split('/').Contains("..")))
            {
                reader.Error(item["path"]!, "must be a relative path without '..'");
            }
            else if (key is not null && path is not null)
            {
                items[key] = path;
            }
        }

        return new(name, reader.RequiredText(source, "name"), reader.Boolean(source, "optional"), items.ToImmutable());
    }

    /// <summary>A probe that connects; exec and grpc probes count as none, since the lab has no such program to ask.</summary>
    private static ReadinessProbe? Probe(FieldReader reader, ManifestNode? node, ImmutableArray<NamedPort> ports)
    {
        ManifestNode? http = reader.Object(node, "httpGet");
        ManifestNode? target = http ?? reader.Object(node, "tcpSocket");
        int timeout = (int)reader.Integer(node, "timeoutSeconds", 1, int.MaxValue, 1);
        if (target is null)
        {
            return null;
        }

        ManifestNode? port = target["port"];
        if (port is null || port.Kind != ManifestNodeKind.Scalar)
        {
            reader.Error(target, "port: Required value");
            return null;
        }

        NamedPort? named = ports.FirstOrDefault(p => p.Name == port.Text && p.Protocol == TransportProtocol.Tcp);
        if (named is null && !ushort.TryParse(port.Text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            reader.Error(port, "must be a port number or the name of a TCP container port");
            return null;
        }

        ushort number = named?.Port ?? ushort.Parse(port.Text, NumberStyles.None, CultureInfo.InvariantCulture);
        bool plain = http?["scheme"]?.Text is null or "HTTP";
        return new(number, http is not null && plain ? reader.Text(http, "path") ?? "/" : null, timeout);
    }
}
