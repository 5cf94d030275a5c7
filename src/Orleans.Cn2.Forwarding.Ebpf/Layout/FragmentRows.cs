using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Orleans.Cn2.Forwarding.Ebpf.Layout;

/// <summary>What the programs know of a datagram that comes in pieces.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DatagramRow
{
    internal ulong Until;
    internal uint Bytes;
    internal uint End;
    internal uint Kind;
    internal uint Interface;
    internal uint FromNode;
    internal uint Tag;
    internal FlowEntryRow To;
    internal SeenWords Seen;

    /// <summary>A bit for each 8 bytes of the longest datagram.</summary>
    [InlineArray(65_536 / 8 / 64)]
    internal struct SeenWords
    {
        private ulong _first;
    }
}

/// <summary>Datagrams that a source has begun and not ended.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FragmentSourceRow
{
    internal ulong Since;
    internal uint Open;
    internal uint Padding;
}

/// <summary>A new flow while a program makes it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FlowPairRow
{
    internal FlowEntryRow Forward;
    internal FlowEntryRow Reverse;
}

/// <summary>What of the choice for a new flow is needed when its entries are made.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChoiceRow
{
    internal ulong Hash;
    internal ulong Affinity;
}

/// <summary>Bytes of a packet while a program sums them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ChunkRow
{
    internal fixed uint Words[(512 / sizeof(uint)) + 2];
}
