using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Netlink.Interfaces;
using Orleans.Cn2.Forwarding.Ebpf.Upgrade;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf;

/// <summary>How an eBPF plane is opened.</summary>
public sealed record EbpfOptions
{
    /// <summary>Directory on a bpffs under which the node's maps and links are pinned; null: nothing outlives the plane.</summary>
    public string? PinRoot { get; init; }

    /// <summary>The node's name, a directory under the pin root.</summary>
    public string Node { get; init; } = "node";

    /// <summary>Which interfaces to attach to, in the network namespace of the thread that opens the plane; null: none, the caller connects.</summary>
    public InterfacePatterns? Interfaces { get; init; }

    /// <summary>Delivery mode; null: fast where no netfilter chain or traffic control guards the interfaces, else stack.</summary>
    public DeliveryMode? Mode { get; init; }

    /// <summary>How much the maps hold at least: pinned ones that hold less are replaced, those that hold more stay.</summary>
    public EbpfCapacity Capacity { get; init; } = new();

    /// <summary>What of a client's address session affinity looks at.</summary>
    public AffinityPrefix AffinityPrefix { get; init; } = AffinityPrefix.Whole;

    /// <summary>Idle limits of flows.</summary>
    public FlowLimits Limits { get; init; } = new();

    /// <summary>Rejects per second and source (/32, /64).</summary>
    public int RejectsPerSecond { get; init; } = 100;

    /// <summary>Rejects that a source may use up at once.</summary>
    public int RejectBurst { get; init; } = 100;

    /// <summary>Limits of datagrams that come in pieces.</summary>
    public FragmentLimits Fragments { get; init; } = new();

    /// <summary>How programs get onto interfaces.</summary>
    public AttachKind Attach { get; init; }

    /// <summary>How often what others may have changed (links, filters, pins, the node's pair, settings) is looked at and put right.</summary>
    public TimeSpan RepairPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The layout of the maps, for tests of its change.</summary>
    internal int Layout { get; init; } = MapSpecs.LayoutVersion;

    /// <summary>How values of the earlier layout become those of this one, by map.</summary>
    internal IReadOnlyDictionary<string, ValueConverter> Converters { get; init; } = LayoutConverters.Known;

    /// <summary>How often idle flows are looked for.</summary>
    public TimeSpan ExpiryPeriod { get; init; } = TimeSpan.FromSeconds(1);
}
