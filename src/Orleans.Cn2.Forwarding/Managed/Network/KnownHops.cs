using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Forwarding.Managed.Network;

/// <summary>Next hops that are listed, each by itself.</summary>
/// <param name="Hops">Them, by VMI address.</param>
public sealed record KnownHops(ImmutableDictionary<IpAddress, NextHop> Hops) : IHopLookup
{
    /// <summary>None.</summary>
    public static KnownHops None { get; } = new(ImmutableDictionary<IpAddress, NextHop>.Empty);

    /// <inheritdoc/>
    public bool TryFind(IpAddress address, out NextHop hop) => Hops.TryGetValue(address, out hop);
}
