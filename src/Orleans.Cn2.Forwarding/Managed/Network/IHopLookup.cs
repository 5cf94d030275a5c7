using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Forwarding.Managed.Network;

/// <summary>Next hops by VMI address. It answers the same as long as it lives: what changed is another lookup.</summary>
public interface IHopLookup
{
    /// <summary>The next hop to an address, of kind <see cref="HopKind.None"/> where the node has no way there. False: nothing is known yet.</summary>
    bool TryFind(IpAddress address, out NextHop hop);
}
