using Orleans.Cn2.Forwarding.Managed.Flows;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>What was read of a packet before its turn came.</summary>
internal struct AheadPacket
{
    /// <summary>A <see cref="Hash"/> that is none: the key seems to be that of the packet before.</summary>
    public const long AsBefore = -1;

    public FlowKey Key;

    /// <summary>Bytes of its IP header as <see cref="PlainHeaders"/> tells them; 0: nothing else is known of it.</summary>
    public int Headers;

    /// <summary>The slot in the table of established flows that its flow is likely in.</summary>
    public int Slot;

    /// <summary>Hash of the key there, or <see cref="AsBefore"/>.</summary>
    public long Hash;
}
