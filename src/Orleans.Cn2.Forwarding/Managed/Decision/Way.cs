using System.Runtime.InteropServices;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Where a packet goes: <see cref="Verdict.Pass"/> means that no usable next hop is known.</summary>
[StructLayout(LayoutKind.Sequential, Pack = sizeof(ushort))]
internal readonly record struct Way(Verdict Verdict, bool HasMacs, int Interface, LinkAddresses Macs)
{
    /// <summary>Where a client's packets come in: no way on.</summary>
    public static Way In(int inInterface, LinkAddresses macs) => new(Verdict.Pass, false, inInterface, macs);

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
