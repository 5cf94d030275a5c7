using System.Buffers.Binary;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Core.Ecmp;

/// <summary>What makes a path the same path when its weight or state changes: VMI id(8), address(16), port(2), in network order.</summary>
internal static class PathIdentity
{
    /// <summary>Bytes of an identity.</summary>
    public const int Length = 26;

    /// <summary>Writes the identity of a path.</summary>
    public static void Write(in EcmpPath path, Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, path.VmiId);
        path.Address.WriteKey(destination[8..]);
        BinaryPrimitives.WriteUInt16BigEndian(destination[24..], path.Port);
    }
}
