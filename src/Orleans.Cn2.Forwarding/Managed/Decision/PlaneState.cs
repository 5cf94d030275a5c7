using System.Runtime.CompilerServices;
using Orleans.Cn2.Forwarding.Managed.Flows;
using Orleans.Cn2.Forwarding.Managed.Fragments;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Forwarding.Managed.Tables;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>All that a decision reads and writes. One batch of packets or one change has it at a time.</summary>
internal sealed class PlaneState(ManagedOptions options, HashSeed seed)
{
    public ServiceSnapshot Services { get; set; } = ServiceSnapshot.Empty;

    public NodeRules Rules { get; set; } = new(new NodeSettings([], [], [], 0));

    public NodeNetwork Network { get; set; } = NodeNetwork.Empty;

    public SourceTable Interfaces { get; set; } = new(NodeNetwork.Empty);

    public PathRegistry Paths { get; } = new();

    public FrontendCounters Frontends { get; } = new();

    public ReasonCounters Reasons { get; } = new();

    public RejectBuckets Buckets { get; } = new(options);

    /// <summary>Established flows: never evicted.</summary>
    public FlowTable Flows { get; } = new(options.FlowCapacity, evicts: false, seed);

    /// <summary>Flows that are not established yet.</summary>
    public FlowTable Embryonic { get; } = new(options.EmbryonicCapacity, evicts: true, seed);

    /// <summary>Datagrams that come in pieces.</summary>
    public DatagramTable Datagrams { get; } = new(options.DatagramCapacity, options.Fragments);

    public AffinityTable Affinity { get; } = new(options, seed);

    /// <summary>Until when new flows are refused because the established ones fill their table, in nanoseconds of <see cref="Now"/>.</summary>
    public long FullUntil { get; set; }

    /// <summary>Time of the batch in nanoseconds.</summary>
    public long Now { get; set; }

    public bool IsAllocated(MappedAddress address) => Services.Allocated.ContainsKey(address);

    public bool IsServiceAddress(MappedAddress address) => Rules.InServiceSubnet(address) || IsAllocated(address);

    /// <summary>The entry of a tuple, or a null reference.</summary>
    public ref FlowEntry FindFlow(scoped in FlowKey key, out bool isEmbryonic)
    {
        ref FlowEntry entry = ref Flows.Find(key);
        isEmbryonic = Unsafe.IsNullRef(ref entry);
        if (isEmbryonic)
        {
            entry = ref Embryonic.Find(key);
        }

        return ref entry;
    }

    /// <summary>True when a tuple has an entry that is followed at this kind of hook.</summary>
    public bool HasFlowAt(in FlowKey key, bool egress)
    {
        ref FlowEntry entry = ref FindFlow(key, out _);
        return !Unsafe.IsNullRef(ref entry) && ((entry.Flags & FlowFlags.AtEgress) != 0) == egress;
    }

    /// <summary>The other entry of a pair, or a null reference when it is missing or belongs to another flow by now.</summary>
    public ref FlowEntry FindPartner(scoped in FlowKey key, scoped in FlowEntry entry)
    {
        ref FlowEntry other = ref FindFlow(entry.PartnerKey(key.Protocol), out _);
        if (!Unsafe.IsNullRef(ref other) && !other.IsPartnerOf(key))
        {
            other = ref Unsafe.NullRef<FlowEntry>();
        }

        return ref other;
    }

    /// <summary>Deletes the pair of a tuple from both tables; a partner's key that belongs to another flow by now is left alone.</summary>
    public void DeleteFlow(in FlowKey key)
    {
        ref FlowEntry entry = ref FindFlow(key, out _);
        if (Unsafe.IsNullRef(ref entry))
        {
            return;
        }

        FlowKey partner = entry.PartnerKey(key.Protocol);
        if (!Unsafe.IsNullRef(ref FindPartner(key, entry)))
        {
            Flows.Remove(partner);
            Embryonic.Remove(partner);
        }

        Flows.Remove(key);
        Embryonic.Remove(key);
    }
}
