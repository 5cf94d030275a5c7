using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf.Layout;

// The structures of bpf/types.h, in its order and with its names; LayoutCheck compares sizes and offsets when the object is loaded.

/// <summary>A 16-bit number in network order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct NetworkShort(ushort Raw)
{
    internal static NetworkShort Of(ushort value) => new(BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    internal ushort Value => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(Raw) : Raw;
}

[StructLayout(LayoutKind.Sequential)]
internal struct TupleRow
{
    internal Address16 Source;
    internal Address16 Destination;
    internal NetworkShort SourcePort;
    internal NetworkShort DestinationPort;
    internal byte Protocol;
    internal byte Padding0;
    internal byte Padding1;
    internal byte Padding2;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ServiceKeyRow
{
    internal Address16 Address;
    internal NetworkShort Port;
    internal byte Protocol;
    internal byte Padding;

    internal static ServiceKeyRow Of(IpAddress address, TransportProtocol protocol, ushort port) =>
        new() { Address = Address16.Of(address), Port = NetworkShort.Of(port), Protocol = (byte)protocol };

    /// <summary>The key that marks an allocated address.</summary>
    internal static ServiceKeyRow OfAddress(IpAddress address) => new() { Address = Address16.Of(address) };
}

[StructLayout(LayoutKind.Sequential)]
internal struct ServiceRow
{
    internal uint Index;
    internal uint Tag;
}

[StructLayout(LayoutKind.Sequential)]
internal struct FrontendRow
{
    internal ServiceKeyRow Key;
    internal uint Shard;
    internal ulong Id;
    internal Uid16 Owner;
    internal uint AffinitySeconds;
    internal ushort Flags;

    /// <summary>Another one each time affinity is turned on: bindings of before are not found again.</summary>
    internal ushort AffinityGeneration;
}

/// <summary>A uid in network byte order.</summary>
[InlineArray(16)]
internal struct Uid16
{
    private byte _first;

    internal static Uid16 Of(Guid uid)
    {
        Uid16 bytes = default;
        uid.TryWriteBytes(bytes, bigEndian: true, out _);
        return bytes;
    }

    internal readonly Guid ToGuid() => new(this, bigEndian: true);
}

[StructLayout(LayoutKind.Sequential)]
internal struct PathRow
{
    internal ulong Word;
    internal Address16 Address;
    internal NetworkShort Port;
    internal ushort Weight;
    internal uint Service;
    internal ulong Vmi;
}

[StructLayout(LayoutKind.Sequential)]
internal struct HopRow
{
    internal HopKind Kind;
    internal byte Family;
    internal ushort Padding;
    internal uint Interface;
    internal Mac6 Destination;
    internal Mac6 Source;
    internal Address16 Gateway;

    internal static HopRow Of(NextHop hop)
    {
        HopRow row = new() { Kind = hop.Kind, Interface = (uint)hop.Interface };
        Span<byte> macs = stackalloc byte[12];
        hop.Macs.Write(macs);
        macs[..6].CopyTo(row.Destination);
        macs[6..].CopyTo(row.Source);
        return row;
    }

    internal readonly NextHop ToHop()
    {
        Span<byte> macs = stackalloc byte[12];
        ((ReadOnlySpan<byte>)Destination).CopyTo(macs);
        ((ReadOnlySpan<byte>)Source).CopyTo(macs[6..]);
        return new NextHop(Kind, (int)Interface, LinkAddresses.Of(macs));
    }

    internal readonly bool SameAs(HopRow other) =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<HopRow>(in this)).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<HopRow>(in other)));
}

/// <summary>enum flow_flags.</summary>
[Flags]
internal enum FlowFlags : byte
{
    None = 0,
    Reverse = 1,
    AtEgress = 2,
    Node = 4,
    Replied = 8,
    Stream = 16,
}

/// <summary>enum seen_tcp.</summary>
[Flags]
internal enum SeenTcp : byte
{
    None = 0,
    Syn = 1,
    Fin = 2,
    Rst = 4,
    UnprovenRst = 8,
}

[StructLayout(LayoutKind.Sequential)]
internal struct FlowEntryRow
{
    internal uint Tag;
    internal FlowFlags Flags;
    internal SeenTcp Tcp;
    internal byte Verdict;
    internal byte Padding;
    internal ulong Seen;
    internal Address16 Source;
    internal Address16 Destination;
    internal NetworkShort SourcePort;
    internal NetworkShort DestinationPort;
    internal uint Path;
    internal uint Epoch;

    /// <summary>Of UDP when the flow began, in steps of 2^20 ns.</summary>
    internal uint Mark;
    internal uint Interface;
    internal Mac6 DestinationMac;
    internal Mac6 SourceMac;

    /// <summary>Key of the other entry of the pair: the swapped result.</summary>
    internal readonly TupleRow Partner(byte protocol) => new()
    {
        Source = Destination,
        Destination = Source,
        SourcePort = DestinationPort,
        DestinationPort = SourcePort,
        Protocol = protocol,
    };
}

/// <summary>A client, or its prefix, at a frontend.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AffinityKeyRow
{
    internal Address16 Client;
    internal uint Service;
    internal uint Generation;
}

/// <summary>The path a client was last led to: id in the low half, epoch in the high half.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BindingRow
{
    internal ulong Path;
    internal ulong Seen;
}

[StructLayout(LayoutKind.Sequential)]
internal struct InterfaceRow
{
    internal const byte CheckSource4 = 1;
    internal const byte CheckSource6 = 2;

    internal InterfaceRole Role;
    internal byte Flags;
    internal ushort Padding;
}

[StructLayout(LayoutKind.Sequential)]
internal struct SourceKeyRow
{
    internal uint Interface;
    internal Address16 Address;
}

[StructLayout(LayoutKind.Sequential)]
internal struct SubnetRow
{
    internal Address16 Address;
    internal Address16 Mask;
}

[InlineArray(Length)]
internal struct SubnetRows
{
    internal const int Length = 16;
    private SubnetRow _first;
}

[StructLayout(LayoutKind.Sequential)]
internal struct SettingsRow
{
    internal const uint ModeFast = 1;
    internal const uint ChecksumIpv6 = 1;

    internal ulong HashKeyLow;
    internal ulong HashKeyHigh;
    internal ulong RejectInterval;
    internal ulong RejectDepth;
    internal uint Mode;
    internal uint Flags;
    internal uint NodeInterface;
    internal uint SubnetCount;
    internal uint SnatFamilies;
    internal uint HoldInterface;
    internal ulong FragmentLife;
    internal uint FragmentLimit;
    internal uint NodeFamilies;
    internal Address16 Snat4;
    internal Address16 Snat6;
    internal Address16 Node4;
    internal Address16 Node6;
    internal Address16 AffinityMask4;
    internal Address16 AffinityMask6;
    internal SubnetRows Subnets;

    internal readonly bool SameAs(SettingsRow other) =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<SettingsRow>(in this)).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<SettingsRow>(in other)));
}

[StructLayout(LayoutKind.Sequential)]
internal struct ReasonCountRow
{
    internal ulong Packets;
    internal ulong Bytes;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ServiceCountRow
{
    internal ulong Packets;
    internal ulong Bytes;
    internal ulong Flows;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ClockRow
{
    internal ulong Jiffies;
    internal ulong Now;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ExpiryRow
{
    internal ulong Now;
    internal ulong TcpUnanswered;
    internal ulong TcpHandshake;
    internal ulong Tcp;
    internal ulong OneFin;
    internal ulong BothFin;
    internal ulong Rst;
    internal ulong UnprovenRst;
    internal ulong Udp;
    internal ulong UdpStream;
    internal ulong SctpHandshake;
    internal ulong Sctp;
    internal ulong SctpShutdown;
    internal uint Count;
    internal uint Embryonic;
    internal uint Deleted;
    internal uint Kept;
}
