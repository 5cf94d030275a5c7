using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Orleans.Cn2.Forwarding.Managed.Flows;

/// <summary>A packet's tuple as it is seen: 40 bytes, five words without a gap.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal readonly record struct FlowKey
{
    public const int Bytes = 40;
    private const int SourcePortShift = 32;
    private const int DestinationPortShift = 16;

    /// <summary>Ports and protocol.</summary>
    private readonly ulong _rest;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlowKey(MappedAddress source, MappedAddress destination, ushort sourcePort, ushort destinationPort, byte protocol)
    {
        (Source, Destination) = (source, destination);
        _rest = ((ulong)sourcePort << SourcePortShift) | ((ulong)destinationPort << DestinationPortShift) | protocol;
    }

    /// <param name="source">Source address.</param>
    /// <param name="destination">Destination address.</param>
    /// <param name="ports">The source port in the high half, the destination port in the low one.</param>
    /// <param name="protocol">IP protocol number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlowKey(MappedAddress source, MappedAddress destination, uint ports, byte protocol)
    {
        (Source, Destination) = (source, destination);
        _rest = ((ulong)ports << DestinationPortShift) | protocol;
    }

    public MappedAddress Source { get; }

    public MappedAddress Destination { get; }

    public ushort SourcePort
    {
        get => (ushort)(_rest >> SourcePortShift);
        init => _rest = (_rest & ~((ulong)ushort.MaxValue << SourcePortShift)) | ((ulong)value << SourcePortShift);
    }

    public ushort DestinationPort
    {
        get => (ushort)(_rest >> DestinationPortShift);
        init => _rest = (_rest & ~((ulong)ushort.MaxValue << DestinationPortShift)) | ((ulong)value << DestinationPortShift);
    }

    public byte Protocol
    {
        get => (byte)_rest;
        init => _rest = (_rest & ~(ulong)byte.MaxValue) | value;
    }

    /// <summary>Differs between most keys that differ; never 0 but for keys of nothing.</summary>
    public ulong Likeness => (_rest << 1) + Source.Low + Destination.Low;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(FlowKey other) => (Source.Differs(other.Source) | Destination.Differs(other.Destination) | (_rest ^ other._rest)) == 0;

    /// <summary>The same of keys in memory, by vectors where there are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreEqual(ref readonly FlowKey one, ref readonly FlowKey other)
    {
        if (!Vector256.IsHardwareAccelerated)
        {
            return one.Equals(other);
        }

        Vector256<byte> left = Vector256.LoadUnsafe(ref Unsafe.As<FlowKey, byte>(ref Unsafe.AsRef(in one)), Bytes - 32);
        Vector256<byte> right = Vector256.LoadUnsafe(ref Unsafe.As<FlowKey, byte>(ref Unsafe.AsRef(in other)), Bytes - 32);
        return one._rest == other._rest && left == right;
    }

    public override int GetHashCode() => (int)Hash(HashSeed.OfProcess);

    /// <summary>
    /// A hash for a table's index: folded multiplications, each factor behind a secret word, so that who doesn't know the seed can't choose tuples that
    /// meet. Both halves of the last product count: one alone would lay the ports of a client out in a row.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Hash(HashSeed seed)
    {
        ulong addresses = Fold(Source.High ^ seed.One, Source.Low ^ seed.Two) + Fold(Destination.High ^ seed.Three, Destination.Low ^ seed.Four);
        ulong all = Fold(addresses ^ _rest, seed.Odd);
        return (uint)(all >> 32) ^ (uint)all;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong left, ulong right) => (Bmi2.X64.IsSupported ? Bmi2.X64.MultiplyNoFlags(left, right) : Math.BigMul(left, right, out _)) ^ (left * right);
}
