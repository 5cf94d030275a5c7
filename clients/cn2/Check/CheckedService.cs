using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Check;

/// <summary>A Service of the manifests as it stands.</summary>
/// <param name="Name">Namespace and name.</param>
/// <param name="Spec">Its spec with defaults and addresses.</param>
/// <param name="ReadyEndpoints">Back ends that take new flows.</param>
/// <param name="FloatingIps">Its FloatingIPs.</param>
internal sealed record CheckedService(NamespacedName Name, ServiceSpec Spec, int ReadyEndpoints, ImmutableArray<FloatingIp> FloatingIps)
{
    /// <summary>Every FloatingIP with every port that can be asked.</summary>
    public ImmutableArray<Target> Targets =>
    [
        .. FloatingIps.SelectMany(fip => Spec.Ports
            .Where(port => !IsSctp(port))
            .Select(port => new Target(Name, IPAddress.Parse(fip.Address), (ushort)port.Port, IsUdp(port) ? TransportProtocol.Udp : TransportProtocol.Tcp))),
    ];

    /// <summary>Why nothing is sent to it, or null.</summary>
    public string? SkipReason =>
        FloatingIps.IsEmpty ? "it has no FloatingIP"
        : ReadyEndpoints == 0 ? "it has no endpoints"
        : Targets.IsEmpty ? $"no port of it can be asked: {string.Join(", ", Spec.Ports.Select(port => port.Port.ToString(CultureInfo.InvariantCulture)))}"
        : null;

    private static bool IsUdp(ServicePort port) => port.Protocol.Equals("UDP", StringComparison.Ordinal);

    private static bool IsSctp(ServicePort port) => port.Protocol.Equals("SCTP", StringComparison.Ordinal);
}
