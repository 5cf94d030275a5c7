using Orleans.Cn2.Forwarding.Managed.Flows;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Where a packet goes: <see cref="Verdict.Pass"/> means that no usable next hop is known.</summary>
internal readonly record struct Way(Verdict Verdict, int Interface, bool HasMacs, LinkAddresses Macs)
{
    public static Way OfHop(in NextHop hop) => hop.Kind switch
    {
        HopKind.Local => new(Verdict.Peer, hop.Interface, true, hop.Macs),
        HopKind.Neighbour or HopKind.LocalNeighbour => new(Verdict.Neighbour, hop.Interface, false, default),
        HopKind.Host => new(Verdict.Stack, 0, false, default),
        _ => default,
    };

    public static Way OfFlow(in FlowEntry entry) =>
        entry.Way == Verdict.Stack ? new(Verdict.Stack, 0, false, default) : new(entry.Way, entry.Interface, true, entry.Macs);
}
