using System.Buffers.Binary;
using Orleans.Cn2.Core.Ecmp;

namespace Orleans.Cn2.Core.Tables;

/// <summary>
/// The 128-bit hash of one canonical table row: SipHash-2-4-128 under a fixed key. It finds what got lost, stale or damaged between two holders of a
/// table; it is no defence against one who forges rows. Rows are exactly what a data plane's maps hold, in network order, IPv4 as v4-mapped:
/// frontend row = 1, address(16), protocol(1), port(2), frontend id(8), flags(2), affinity seconds(4);
/// path row = 2, frontend id(8), address(16), port(2), weight(2), state(1), VMI id(8).
/// Generations are left out: they say how a row came to be, not what it does.
/// </summary>
public static class TableHash
{
    private const byte FrontendRow = 1;
    private const byte PathRow = 2;
    private const int FrontendRowLength = 34;
    private const int PathRowLength = 38;

    private static readonly UInt128 RowKey = new(0x636e322d7461626c, 0x652d726f772d7631);

    /// <summary>Hash of the row of a frontend itself, without its paths.</summary>
    public static UInt128 OfFrontend(Frontend frontend)
    {
        ArgumentNullException.ThrowIfNull(frontend);
        Span<byte> row = stackalloc byte[FrontendRowLength];
        row[0] = FrontendRow;
        frontend.Address.WriteKey(row[1..]);
        row[17] = (byte)frontend.Protocol;
        BinaryPrimitives.WriteUInt16BigEndian(row[18..], frontend.Port);
        BinaryPrimitives.WriteUInt64BigEndian(row[20..], frontend.Id);
        BinaryPrimitives.WriteUInt16BigEndian(row[28..], (ushort)frontend.Flags);
        BinaryPrimitives.WriteUInt32BigEndian(row[30..], frontend.AffinitySeconds);
        return SipHash24.Hash128(RowKey, row);
    }

    /// <summary>Hash of the row of one path of a frontend.</summary>
    public static UInt128 OfPath(ulong frontendId, in EcmpPath path)
    {
        Span<byte> row = stackalloc byte[PathRowLength];
        row[0] = PathRow;
        BinaryPrimitives.WriteUInt64BigEndian(row[1..], frontendId);
        path.Address.WriteKey(row[9..]);
        BinaryPrimitives.WriteUInt16BigEndian(row[25..], path.Port);
        BinaryPrimitives.WriteUInt16BigEndian(row[27..], path.Weight);
        row[29] = (byte)path.State;
        BinaryPrimitives.WriteUInt64BigEndian(row[30..], path.VmiId);
        return SipHash24.Hash128(RowKey, row);
    }
}
