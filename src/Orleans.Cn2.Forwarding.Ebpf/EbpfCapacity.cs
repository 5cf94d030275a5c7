namespace Orleans.Cn2.Forwarding.Ebpf;

/// <summary>How much the maps hold. Arrays and flow tables take their memory at once; the defaults take about 250 MB.</summary>
public sealed record EbpfCapacity
{
    /// <summary>Frontends (FloatingIP, protocol, port).</summary>
    public uint Services { get; init; } = 65_536;

    /// <summary>Paths of all frontends together, 40 bytes each.</summary>
    public uint Paths { get; init; } = 262_144;

    /// <summary>Slots of all ECMP blocks together, 4 bytes each; an even number. The default holds 10,000 frontends of 20 paths, 2,503 slots each, in 100 MiB.</summary>
    public uint Slots { get; init; } = 26_214_400;

    /// <summary>Next hops.</summary>
    public uint NextHops { get; init; } = 65_536;

    /// <summary>Established flows; a flow takes two entries of about 170 bytes.</summary>
    public uint Flows { get; init; } = 262_144;

    /// <summary>Flows that saw no answer yet; the least recently used makes room.</summary>
    public uint EmbryonicFlows { get; init; } = 65_536;

    /// <summary>Datagrams in pieces that are under way, about 1.2 KB each; the least recently used makes room.</summary>
    public uint Datagrams { get; init; } = 8_192;

    /// <summary>Sources whose datagrams in pieces are counted apart.</summary>
    public uint FragmentSources { get; init; } = 8_192;

    /// <summary>Clients of Services with session affinity whose path is remembered; the least recently used makes room.</summary>
    public uint Affinities { get; init; } = 65_536;

    /// <summary>Interfaces with a program.</summary>
    public uint Interfaces { get; init; } = 4_096;

    /// <summary>Addresses that pod interfaces may send from.</summary>
    public uint Sources { get; init; } = 16_384;

    /// <summary>Sources whose rejects are counted apart.</summary>
    public uint RejectSources { get; init; } = 8_192;
}
