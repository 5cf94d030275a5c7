using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink.NextHops;

namespace Orleans.Cn2.Forwarding.Ebpf.Attach;

/// <summary>Which addresses may have another next hop than in the network before.</summary>
/// <param name="Addresses">These do.</param>
/// <param name="Before">The routing of then; null: it is the same.</param>
/// <param name="After">The routing of now.</param>
internal sealed record HopMoves(IReadOnlyCollection<IpAddress> Addresses, NodeSnapshot? Before, NodeSnapshot After)
{
    /// <summary>Those of some addresses that moved.</summary>
    internal IEnumerable<IpAddress> Of(IEnumerable<IpAddress> addresses) =>
        Before is null ? Addresses : [.. Addresses, .. addresses.Where(address => !After.RoutesAs(Before, address))];
}
