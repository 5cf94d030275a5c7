using System.Buffers.Binary;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Core.Ecmp;

/// <summary>
/// The hash that places a new flow on a slot: docs/datapath.md 4.3 rule 9. The same on every node, in both engines and after loss of the flow table.
/// </summary>
public static class FlowHash
{
    /// <summary>Bytes hashed for a flow: source(16) destination(16) source port(2) destination port(2) protocol(1), in network order.</summary>
    public const int TupleLength = 37;

    /// <summary>Bytes hashed with session affinity: source(16).</summary>
    public const int SourceLength = 16;

    /// <summary>Hash of a flow's whole tuple under the cluster's key.</summary>
    public static ulong OfTuple(
        UInt128 key, IpAddress source, IpAddress destination, ushort sourcePort, ushort destinationPort, TransportProtocol protocol)
    {
        Span<byte> tuple = stackalloc byte[TupleLength];
        source.WriteKey(tuple);
        destination.WriteKey(tuple[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(tuple[32..], sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(tuple[34..], destinationPort);
        tuple[36] = (byte)protocol;
        return SipHash13.Hash(key, tuple);
    }

    /// <summary>Hash with session affinity ClientIP: all flows of a source meet the same slot.</summary>
    public static ulong OfSource(UInt128 key, IpAddress source)
    {
        Span<byte> tuple = stackalloc byte[SourceLength];
        source.WriteKey(tuple);
        return SipHash13.Hash(key, tuple);
    }

    /// <summary>The slot of a hash among <paramref name="slots"/>: its high 32 bits scaled, without a division.</summary>
    public static uint SlotOf(ulong hash, uint slots) => (uint)(((hash >> 32) * slots) >> 32);
}
