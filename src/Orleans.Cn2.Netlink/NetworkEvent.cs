namespace Orleans.Cn2.Netlink;

/// <summary>What a <see cref="RouteMonitor"/> tells.</summary>
public abstract record NetworkEvent;

/// <summary>An interface came, changed, or went (also: moved to another namespace).</summary>
/// <param name="Link">Its state; of one that went, its last.</param>
/// <param name="Removed">True when it is no more.</param>
public sealed record LinkChanged(Link Link, bool Removed) : NetworkEvent;

/// <summary>An address was set or removed.</summary>
public sealed record AddressChanged(InterfaceAddress Address, bool Removed) : NetworkEvent;

/// <summary>A route was set or removed. Routes that fall with their interface or address go without one (IPv4).</summary>
public sealed record RouteChanged(Route Route, bool Removed) : NetworkEvent;

/// <summary>A neighbour entry was set, moved to another state, or was removed.</summary>
public sealed record NeighbourChanged(Neighbour Neighbour, bool Removed) : NetworkEvent;

/// <summary>A policy routing rule came or went, so any route lookup may answer otherwise.</summary>
public sealed record RulesChanged : NetworkEvent;

/// <summary>The kernel dropped notifications (ENOBUFS): what was known may be wrong and must be dumped again.</summary>
public sealed record EventsLost : NetworkEvent;
