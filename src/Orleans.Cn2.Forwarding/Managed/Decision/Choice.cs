using Orleans.Cn2.Core.Ecmp;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Managed.Flows;
using Orleans.Cn2.Forwarding.Managed.Tables;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>
/// The answer of section 4.3, rules 6 to 9: a path, or a reason to drop or reject. One batch sees one snapshot and the paths that go with it, so the
/// <c>table_changed</c> of rule 9 can't happen here.
/// </summary>
internal readonly record struct Choice(DropReason Reason, bool Rejects, FrontendEntry? Frontend, int Path, ulong Hash, uint Slot, bool IsBound = false)
{
    /// <summary>Looks the service up and chooses.</summary>
    public static Choice Of(PlaneState state, in ParsedPacket packet)
    {
        FrontendKey key = new(packet.Key.Destination, packet.Key.DestinationPort, packet.Key.Protocol);
        if (!state.Services.Frontends.TryGetValue(key, out FrontendEntry? frontend))
        {
            return Refused(DropReason.NoSuchPort, rejects: true, null);
        }

        if ((packet.Flags & TcpFlags.Rst) != 0)
        {
            return Refused(DropReason.NoFlow, rejects: false, frontend);
        }

        FrontendFlags flags = frontend.Frontend.Flags;
        if (frontend.Block is not { } block)
        {
            return (flags & FrontendFlags.LocalOnly) != 0
                ? Refused(DropReason.NoLocalEndpoints, rejects: false, frontend)
                : Refused(DropReason.NoEndpoints, rejects: true, frontend);
        }

        if (frontend.AffinityGeneration == 0)
        {
            return BySlot(frontend, block, HashOf(state.Rules.Settings.HashKey, packet.Key));
        }

        MappedAddress client = state.Affinity.ClientOf(packet.Key.Source, packet.IsV6);
        Choice bySlot = BySlot(frontend, block, HashOf(state.Rules.Settings.HashKey, client));
        return state.Affinity.Find(client, frontend, state.Paths, state.Now) is { } bound ? bySlot with { Path = bound, IsBound = true } : bySlot;
    }

    private static Choice BySlot(FrontendEntry frontend, SlotBlock block, ulong hash)
    {
        uint slot = FlowHash.SlotOf(hash, (uint)block.Slots.Length);
        return new Choice(DropReason.None, false, frontend, frontend.Selectable[block.Slots[slot]], hash, slot);
    }

    private static ulong HashOf(UInt128 hashKey, MappedAddress client)
    {
        Span<byte> source = stackalloc byte[FlowHash.SourceLength];
        client.Write(source);
        return SipHash13.Hash(hashKey, source);
    }

    private static ulong HashOf(UInt128 hashKey, in FlowKey key)
    {
        Span<byte> tuple = stackalloc byte[FlowHash.TupleLength];
        key.Source.Write(tuple);
        key.Destination.Write(tuple[16..]);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(tuple[32..], key.SourcePort);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(tuple[34..], key.DestinationPort);
        tuple[36] = key.Protocol;
        return SipHash13.Hash(hashKey, tuple);
    }

    private static Choice Refused(DropReason reason, bool rejects, FrontendEntry? frontend) => new(reason, rejects, frontend, 0, 0, 0);
}
