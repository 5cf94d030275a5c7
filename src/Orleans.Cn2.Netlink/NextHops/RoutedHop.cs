namespace Orleans.Cn2.Netlink.NextHops;

/// <summary>How an address is routed, before the neighbour that a pod of this node needs is asked for.</summary>
/// <param name="Status"><see cref="NextHopStatus.Resolved"/>, <see cref="NextHopStatus.OwnAddress"/> or <see cref="NextHopStatus.Unroutable"/>.</param>
/// <param name="Route">The route; null unless resolved.</param>
/// <param name="Link">The interface it leaves by; null unless resolved.</param>
public readonly record struct RoutedHop(NextHopStatus Status, Route? Route, Link? Link)
{
    /// <summary>Index of the interface; 0 unless resolved.</summary>
    public int LinkIndex => Link?.Index ?? 0;
}
