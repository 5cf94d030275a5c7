using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Orleans.Cn2.Forwarding.Managed.Flows;

/// <summary>A packet's tuple as it is seen: 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal readonly record struct FlowKey(
    MappedAddress Source, MappedAddress Destination, ushort SourcePort, ushort DestinationPort, byte Protocol)
{
    public const int Bytes = 40;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(FlowKey other) =>
        Source.Equals(other.Source) && Destination.Equals(other.Destination) && Rest == other.Rest;

    public override int GetHashCode() => (int)Hash(0);

    /// <summary>A hash for the table's index: two rounds of folded multiplication; the seed keeps clients from aiming at one bucket.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Hash(ulong seed)
    {
        ulong a = Fold(Source.High ^ seed ^ 0x9e3779b97f4a7c15, Source.Low ^ Rest ^ 0xc2b2ae3d27d4eb4f);
        ulong b = Fold(Destination.High ^ seed ^ 0x165667b19e3779f9, Destination.Low ^ a ^ 0xd6e8feb86659fd93);
        return (uint)(b ^ (b >> 32));
    }

    private ulong Rest => ((ulong)SourcePort << 32) | ((ulong)DestinationPort << 16) | Protocol;

    private static ulong Fold(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }
}
