using System.Collections.Immutable;

namespace Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;

/// <summary>Where a netfilter base chain sits, linux/netfilter.h.</summary>
public enum NetfilterHook
{
    Prerouting,
    Input,
    Forward,
    Output,
    Postrouting,
    Ingress,
    Egress,
}

/// <summary>A base chain of nf_tables, or a built-in chain of the older ip_tables.</summary>
/// <param name="Family"><c>ip</c>, <c>ip6</c>, <c>inet</c>, <c>bridge</c>, <c>netdev</c>, <c>arp</c>.</param>
/// <param name="Table">The table.</param>
/// <param name="Name">The chain.</param>
/// <param name="Hook">Where it sits.</param>
/// <param name="Type"><c>filter</c>, <c>nat</c> or <c>route</c>.</param>
/// <param name="DropsByDefault">True when its policy is drop.</param>
/// <param name="Rules">How many rules it holds itself, not counting chains it jumps to.</param>
/// <param name="Devices">Of ingress and egress chains the interfaces they sit on.</param>
public sealed record NetfilterChain(
    string Family,
    string Table,
    string Name,
    NetfilterHook Hook,
    string Type,
    bool DropsByDefault,
    int Rules,
    ImmutableArray<string> Devices);

/// <summary>Filters of traffic control on an interface.</summary>
/// <param name="Interface">The interface.</param>
/// <param name="Direction"><c>ingress</c> or <c>egress</c>.</param>
/// <param name="Kind">The classifier, e.g. <c>bpf</c>, <c>u32</c>.</param>
public sealed record TrafficFilter(string Interface, string Direction, string Kind);

/// <summary>A root queueing discipline on an interface.</summary>
/// <param name="Interface">The interface.</param>
/// <param name="Kind">The discipline, e.g. <c>tbf</c>.</param>
public sealed record RootQueue(string Interface, string Kind);

/// <summary>A TCX program that is not this project's.</summary>
/// <param name="Interface">The interface.</param>
/// <param name="Direction"><c>ingress</c> or <c>egress</c>.</param>
/// <param name="ProgramId">The kernel's id of it.</param>
public sealed record ForeignProgram(string Interface, string Direction, uint ProgramId);

/// <summary>Everything on a node that may guard packets between interfaces.</summary>
public sealed record DeliveryObservation
{
    /// <summary>Base chains.</summary>
    public ImmutableArray<NetfilterChain> Chains { get; init; } = [];

    /// <summary>Traffic control filters on the data path's interfaces.</summary>
    public ImmutableArray<TrafficFilter> Filters { get; init; } = [];

    /// <summary>Root queueing disciplines of the pod-side interfaces, which a redirect into the pod skips.</summary>
    public ImmutableArray<RootQueue> PodSideQueues { get; init; } = [];

    /// <summary>Others' TCX programs on the data path's interfaces.</summary>
    public ImmutableArray<ForeignProgram> Programs { get; init; } = [];

    /// <summary>Names of the data path's interfaces.</summary>
    public ImmutableHashSet<string> Interfaces { get; init; } = [];

    /// <summary>True when one of them is a port of a bridge.</summary>
    public bool HasBridgePort { get; init; }

    /// <summary>What could not be read, with the error.</summary>
    public ImmutableArray<string> Unreadable { get; init; } = [];
}
