namespace Orleans.Cn2.Forwarding.Managed;

/// <summary>Limits of datagrams that come in pieces (docs/datapath.md, section 4.5).</summary>
public sealed record FragmentLimits
{
    /// <summary>How long a datagram is known after its first fragment came.</summary>
    public TimeSpan Life { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Datagrams that a source (/32, /64) may have begun and not ended.</summary>
    public int OpenPerSource { get; init; } = 1_024;
}

/// <summary>Sizes and limits of a managed plane.</summary>
public sealed record ManagedOptions
{
    /// <summary>Entries of established flows, two a flow; never evicted.</summary>
    public int FlowCapacity { get; init; } = 1 << 20;

    /// <summary>Entries of flows that are not established yet; the least recently used is evicted.</summary>
    public int EmbryonicCapacity { get; init; } = 1 << 17;

    /// <summary>Clients of Services with session affinity whose path is remembered; the least recently used makes room.</summary>
    public int AffinityCapacity { get; init; } = 1 << 16;

    /// <summary>What of a client's address session affinity looks at.</summary>
    public AffinityPrefix AffinityPrefix { get; init; } = AffinityPrefix.Whole;

    /// <summary>Rejects per second and source (/32, /64).</summary>
    public int RejectsPerSecond { get; init; } = 100;

    /// <summary>Rejects that a source may use up at once.</summary>
    public int RejectBurst { get; init; } = 100;

    /// <summary>Sources whose buckets are remembered; beyond that those with full buckets are forgotten, or all when none has one.</summary>
    public int RejectSources { get; init; } = 1 << 14;

    /// <summary>Datagrams in pieces that are known at once; the oldest makes room.</summary>
    public int DatagramCapacity { get; init; } = 8_192;

    /// <summary>Limits of datagrams that come in pieces.</summary>
    public FragmentLimits Fragments { get; init; } = new();

    /// <summary>Idle limits of flows.</summary>
    public FlowLimits Limits { get; init; } = new();
}
