using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Orleans.Cn2.Forwarding.Managed.Flows;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>
/// Decides batches, some packets read ahead: first all keys, then their places in the index, then their slots, each in a loop so short that a CPU has many
/// of its reads under way at once, where a decision would wait for each. Reading ahead decides nothing: packets before it in the batch may still make, move
/// or end the flow of a packet.
/// </summary>
internal sealed class LookAhead
{
    /// <summary>Packets that are read ahead at most: more than a CPU can read for at once, few enough for its first cache.</summary>
    private const int Window = 64;

    private readonly AheadPacket[] _ahead = new AheadPacket[Window];

    // Only keeps the reads ahead from being optimised away.
    private uint _touched;

    /// <summary>Decides all packets in their order. Their buffers are known to be long enough.</summary>
    public void Run(PlaneState state, Span<PacketWork> batch)
    {
        while (batch.Length > 0)
        {
            Span<PacketWork> now = batch[..Math.Min(batch.Length, Window)];
            Read(state.Flows, now);
            Decide(state, now);
            batch = batch[now.Length..];
        }
    }

    // Compiled once and for good: a tier that learns from the first packets takes the other family for an exception.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Read(FlowTable flows, Span<PacketWork> works)
    {
        ref AheadPacket first = ref MemoryMarshal.GetArrayDataReference(_ahead);
        ref AheadPacket ahead = ref first;
        ulong before = 0;
        foreach (ref readonly PacketWork work in works)
        {
            ahead.Headers = PlainHeaders.ReadKey(ref MemoryMarshal.GetArrayDataReference(work.Buffer), work.Length, out ahead.Key);

            // Packets come in trains. One that is taken for a wagon by mistake is found out when its turn comes.
            ulong likeness = ahead.Key.Likeness;
            ahead.Hash = likeness == before ? AheadPacket.AsBefore : flows.HashOf(ahead.Key);
            before = likeness;
            ahead = ref Unsafe.Add(ref ahead, 1);
        }

        ahead = ref first;
        uint touched = 0;
        for (int i = 0; i < works.Length; i++)
        {
            touched += flows.TouchIndex((uint)ahead.Hash);
            ahead = ref Unsafe.Add(ref ahead, 1);
        }

        ahead = ref first;
        int slot = FlowSlab.None;
        for (int i = 0; i < works.Length; i++)
        {
            if (ahead.Hash != AheadPacket.AsBefore)
            {
                slot = flows.Guess((uint)ahead.Hash);
            }

            ahead.Slot = slot;
            ahead = ref Unsafe.Add(ref ahead, 1);
        }

        ahead = ref first;
        for (int i = 0; i < works.Length; i++)
        {
            touched += flows.Touch(ahead.Slot);
            ahead = ref Unsafe.Add(ref ahead, 1);
        }

        _touched = touched;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Decide(PlaneState state, Span<PacketWork> works)
    {
        ref AheadPacket ahead = ref MemoryMarshal.GetArrayDataReference(_ahead);
        foreach (ref PacketWork work in works)
        {
            if (!Established.TryForward(state, ref work, ahead))
            {
                Decision.Decide.Run(state, ref work);
            }

            ahead = ref Unsafe.Add(ref ahead, 1);
        }
    }
}
