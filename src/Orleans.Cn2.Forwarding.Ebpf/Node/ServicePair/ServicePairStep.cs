using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Node.ServicePair;

/// <summary>One change that brings a service pair nearer to its spec.</summary>
public abstract record ServicePairStep;

/// <summary>Removes an interface that bears our name but is no end of the pair.</summary>
public sealed record RemoveEnd(int LinkIndex, string Name) : ServicePairStep;

/// <summary>Creates the pair.</summary>
public sealed record CreatePair : ServicePairStep;

/// <summary>Sets the MTU of an end, in bytes.</summary>
public sealed record SetEndMtu(int LinkIndex, uint Mtu) : ServicePairStep;

/// <summary>Writes a kernel setting.</summary>
public sealed record WriteSetting(string Path, string Value) : ServicePairStep;

/// <summary>Switches neighbour discovery off and the end up.</summary>
public sealed record BringUp(int LinkIndex) : ServicePairStep;

/// <summary>Routes a service subnet into the pair.</summary>
public sealed record RouteSubnet(Route Route) : ServicePairStep;

/// <summary>Takes back a route of ours that is no longer wanted.</summary>
public sealed record UnrouteSubnet(Route Route) : ServicePairStep;
