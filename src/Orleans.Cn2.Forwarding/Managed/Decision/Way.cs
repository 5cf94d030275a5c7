using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Where a packet goes: <see cref="Verdict.Pass"/> means that no usable next hop is known.</summary>
internal readonly record struct Way(Verdict Verdict, bool HasMacs, int Interface, LinkAddresses Macs)
{
    /// <summary>The node's stack decides.</summary>
    public static Way ByStack => new(Verdict.Stack, false, 0, default);

    public static Way OfHop(in NextHop hop) => hop.Kind switch
    {
        HopKind.Local => new(Verdict.Peer, true, hop.Interface, hop.Macs),
        HopKind.Neighbour or HopKind.LocalNeighbour => new(Verdict.Neighbour, false, hop.Interface, default),
        HopKind.Host => ByStack,
        _ => default,
    };
}
