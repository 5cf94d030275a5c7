using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab.Manifests;

/// <summary>
/// Reads of a Service what pods are to listen on. What makes no sense is left out here: the control plane is asked for the same document and names
/// each fault with its rule.
/// </summary>
internal static class ServiceTargetsMapper
{
    public static ServiceTargets Map(ManifestDocument document)
    {
        ManifestNode? spec = document.Root["spec"];
        return new(
            document.Namespace,
            document.Name,
            (spec?["selector"]?.Fields ?? []).ToImmutableSortedDictionary(label => label.Key, label => label.Value.Text, StringComparer.Ordinal),
            [.. (spec?["ports"]?.Items ?? []).Select(Port).OfType<NamedPort>()]);
    }

    private static NamedPort? Port(ManifestNode node)
    {
        TransportProtocol? protocol = (node["protocol"]?.Text ?? "TCP") switch
        {
            "TCP" => TransportProtocol.Tcp,
            "UDP" => TransportProtocol.Udp,
            "SCTP" => TransportProtocol.Sctp,
            _ => null,
        };
        // Kubernetes takes 0 for "not given" (v1 defaults).
        ManifestNode? number = node["targetPort"] is { Text: not ("" or "0") } target ? target : node["port"];
        return protocol is not null && number is not null && number.TryInteger(out long port) && port is >= 1 and <= 65535
            ? new(null, (ushort)port, protocol.Value) : null;
    }
}
