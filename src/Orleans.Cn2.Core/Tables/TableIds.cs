using System.Buffers.Binary;
using System.Security.Cryptography;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Core.Tables;

/// <summary>The 64-bit ids of table rows: the first 8 bytes of SHA-256 over the identity, the same on every node and version.</summary>
public static class TableIds
{
    /// <summary>Id of a VMI.</summary>
    public static ulong OfVmi(Guid uid)
    {
        Span<byte> identity = stackalloc byte[16];
        uid.TryWriteBytes(identity, bigEndian: true, out _);
        return Hash(identity);
    }

    /// <summary>Id of a frontend: one port of one family of one Service.</summary>
    public static ulong OfFrontend(Guid serviceUid, IpFamily family, TransportProtocol protocol, ushort port)
    {
        Span<byte> identity = stackalloc byte[20];
        serviceUid.TryWriteBytes(identity, bigEndian: true, out _);
        identity[16] = (byte)family;
        identity[17] = (byte)protocol;
        BinaryPrimitives.WriteUInt16BigEndian(identity[18..], port);
        return Hash(identity);
    }

    private static ulong Hash(ReadOnlySpan<byte> identity)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(identity, digest);
        return BinaryPrimitives.ReadUInt64BigEndian(digest);
    }
}
