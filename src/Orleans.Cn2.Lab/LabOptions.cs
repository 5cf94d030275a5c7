using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Lab;

/// <summary>What a lab shall look like. The defaults are those of <c>cn2 lab up</c>.</summary>
public sealed record LabOptions
{
    /// <summary>Name of the lab: a small letter, then small letters and digits, at most 12 in all.</summary>
    public string Name { get; init; } = "cn2";

    /// <summary>Number of nodes, 1 to 200.</summary>
    public int Nodes { get; init; } = 2;

    /// <summary>Number of silos, 1 to 9: one on the embedded store, several on a PostgreSQL server in the lab's directory.</summary>
    public int Silos { get; init; } = 1;

    /// <summary>Network that joins the nodes, one prefix per family.</summary>
    public IpPrefix UnderlayV4 { get; init; } = IpPrefix.Parse("172.18.0.0/24");

    /// <inheritdoc cref="UnderlayV4"/>
    public IpPrefix UnderlayV6 { get; init; } = IpPrefix.Parse("fd00:18::/64");

    /// <summary>Network of the outside client, behind a router on the underlay.</summary>
    public IpPrefix OutsideV4 { get; init; } = IpPrefix.Parse("192.0.2.0/24");

    /// <inheritdoc cref="OutsideV4"/>
    public IpPrefix OutsideV6 { get; init; } = IpPrefix.Parse("2001:db8:2::/64");

    /// <summary>Prefix from which each node gets a /24: node N has the N-th.</summary>
    public IpPrefix PodsV4 { get; init; } = IpPrefix.Parse("10.244.0.0/16");

    /// <summary>Prefix from which each node gets a /64: node N has the N-th.</summary>
    public IpPrefix PodsV6 { get; init; } = IpPrefix.Parse("fd00:244::/48");

    /// <summary>Service subnet; the outside network has a route to it by way of the nodes.</summary>
    public IpPrefix ServicesV4 { get; init; } = IpPrefix.Parse("10.96.0.0/16");

    /// <inheritdoc cref="ServicesV4"/>
    public IpPrefix ServicesV6 { get; init; } = IpPrefix.Parse("fd00:96::/108");

    /// <summary>Node that takes the outside network's service traffic; null spreads it over all nodes (ECMP by 5-tuple).</summary>
    public string? OutsideVia { get; init; }

    /// <summary>Directory that holds a directory per lab with state, logs and bpffs mounts.</summary>
    public string StateRoot { get; init; } = DefaultStateRoot;

    /// <summary>Path of the <c>cn2-echo</c> program; null looks beside this program, then at <c>CN2_ECHO</c>.</summary>
    public string? EchoPath { get; init; }

    /// <summary>Mount a bpffs for each node; without it no worker can pin anything, and the managed engine alone works.</summary>
    public bool MountBpf { get; init; } = true;

    /// <summary>Seed of the pod name suffixes, for repeatable runs; null draws one.</summary>
    public int? Seed { get; init; }

    /// <summary>Where labs live unless told otherwise.</summary>
    public const string DefaultStateRoot = "/run/cn2/lab";
}
