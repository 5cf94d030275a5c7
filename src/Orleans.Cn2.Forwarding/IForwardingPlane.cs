using System.Collections.Immutable;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Flows;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Forwarding;

/// <summary>What a vRouter knows of its node and cluster beside the tables.</summary>
/// <param name="ServiceSubnets">Prefixes whose addresses are FloatingIPs or nothing.</param>
/// <param name="NodeAddresses">Addresses of the node itself: host-network back ends and the node's own clients have them.</param>
/// <param name="SnatAddresses">At most one per family: source of flows from outside to a VMI of another node.</param>
/// <param name="HashKey">The cluster's 128-bit SipHash key: low half k0, high half k1.</param>
public sealed record NodeSettings(
    ImmutableArray<IpPrefix> ServiceSubnets,
    ImmutableArray<IpAddress> NodeAddresses,
    ImmutableArray<IpAddress> SnatAddresses,
    UInt128 HashKey);

/// <summary>A change of the tables of one shard.</summary>
/// <param name="Upserts">Services to add or replace as a whole.</param>
/// <param name="Deletes">Uids of services to remove.</param>
/// <param name="Shard">The shard, 0..63.</param>
/// <param name="Complete">True for a snapshot: what this shard holds beside the upserts is removed.</param>
public sealed record TableChange(int Shard, bool Complete, ImmutableArray<ServiceTable> Upserts, ImmutableArray<Guid> Deletes);

/// <summary>A Service that could not be programmed; its previous state serves on, without what it no longer has (<see cref="TableReduction"/>).</summary>
/// <param name="ServiceUid">Its uid.</param>
/// <param name="Service">Its name.</param>
/// <param name="Cause">What stands against it.</param>
/// <param name="Held">Digest of what is held of it now; of no rows when nothing is.</param>
public sealed record Rejection(Guid ServiceUid, NamespacedName Service, string Cause, TableDigest Held);

/// <summary>
/// A data plane: takes whole services, applies each transactionally, and tells what it really holds. One writer calls it; packets run beside.
/// </summary>
public interface IForwardingPlane : IAsyncDisposable
{
    /// <summary>Engine name as in <c>--engine</c>: ebpf or managed.</summary>
    string Engine { get; }

    /// <summary>Sets or replaces the node's settings.</summary>
    void Configure(NodeSettings settings);

    /// <summary>Applies a change; when it returns, every packet is handled by the new tables. Lists what could not be programmed.</summary>
    ImmutableArray<Rejection> Apply(TableChange change);

    /// <summary>Digest of the rows that the tables of a shard really hold, read back from the data plane.</summary>
    TableDigest ReadDigest(int shard);

    /// <summary>The services held, read back from the data plane, for comparison row by row.</summary>
    IEnumerable<(int Shard, ServiceTable Table)> ReadTables();

    /// <summary>The services held and the digest of the rows of each, for a restarted worker. Slots are not looked at.</summary>
    IEnumerable<(int Shard, Guid Uid, TableDigest Digest)> ReadServiceDigests() =>
        ReadTables().Select(held => (held.Shard, held.Table.Uid, TableDigest.Of(held.Table)));

    /// <summary>Drop and reject counters by reason.</summary>
    ImmutableArray<ReasonCount> ReadReasons();

    /// <summary>Forward counters per frontend id.</summary>
    ImmutableArray<FrontendCount> ReadFrontends();

    /// <summary>Up to <paramref name="limit"/> flows that match.</summary>
    IEnumerable<FlowRow> ReadFlows(FlowFilter filter, int limit);

    /// <summary>Figures of the engine itself: flows in use, capacity, slots, path ids.</summary>
    EngineStatus ReadStatus();

    /// <summary>Where a packet with this tuple would go, without sending it.</summary>
    Explanation Explain(PacketTuple packet);
}

/// <summary>Packets and bytes dropped or rejected for one reason.</summary>
public readonly record struct ReasonCount(DropReason Reason, bool Reject, ulong Packets, ulong Bytes);

/// <summary>Forward traffic of one frontend. Bytes are L3 bytes as on the wire.</summary>
public readonly record struct FrontendCount(ulong FrontendId, ulong Packets, ulong Bytes, ulong NewFlows);

/// <summary>One flow: client tuple as sent, FloatingIP and the chosen path.</summary>
/// <param name="Fin">A side closed it, or seems to have: the last packet of a side was an RST that anybody may have sent.</param>
/// <param name="Rst">A side reset it (<see cref="SeenReset.Proven"/>).</param>
public sealed record FlowRow(
    TransportProtocol Protocol,
    IpAddress Client,
    ushort ClientPort,
    IpAddress FloatingIp,
    ushort ServicePort,
    IpAddress Vmi,
    ushort TargetPort,
    IpAddress SourceSeen,
    ushort SourcePortSeen,
    bool Established,
    bool Fin,
    bool Rst,
    TimeSpan Idle);

/// <summary>Which flows to list; an unset field matches all.</summary>
/// <param name="FloatingIp">Address that clients send to.</param>
/// <param name="Client">Address of the client.</param>
/// <param name="Vmi">Address of the back end.</param>
/// <param name="Silence">Set: only those that are open by <see cref="FlowLife"/>.</param>
public sealed record FlowFilter(IpAddress FloatingIp, IpAddress Client, IpAddress Vmi, TimeSpan? Silence = null)
{
    /// <summary>False for a flow that ended, where only open ones are asked for.</summary>
    public bool Lives(FlowRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return Silence is not { } silence || FlowLife.IsOpen(row.Protocol, row.Fin, row.Rst, row.Idle, silence);
    }
}

/// <summary>Load of an engine's tables.</summary>
public sealed record EngineStatus(
    string Mode,
    ImmutableArray<string> ModeReasons,
    int Services,
    int Paths,
    long SlotsUsed,
    long SlotsCapacity,
    long Flows,
    long FlowsCapacity,
    long EmbryonicFlows,
    ImmutableArray<string> Interfaces);

/// <summary>The tuple of a packet to explain.</summary>
public sealed record PacketTuple(TransportProtocol Protocol, IpAddress Source, ushort SourcePort, IpAddress Destination, ushort DestinationPort);

/// <summary>What would happen to a packet, and why.</summary>
public sealed record Explanation(Verdict Verdict, DropReason Reason, NamespacedName? Service, EcmpPath? Path, ImmutableArray<string> Steps);
