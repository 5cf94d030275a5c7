using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Testing.Packets;

/// <summary>
/// A frame as a test writes it down. What isn't said is right: lengths, checksums, versions. The <c>With...</c> methods of <see cref="PacketFaults"/>
/// then break single fields of the built bytes.
/// </summary>
public sealed record PacketSpec
{
    public static readonly ImmutableArray<byte> DefaultSourceMac = [0x02, 0, 0, 0, 0, 0x01];
    public static readonly ImmutableArray<byte> DefaultDestinationMac = [0x02, 0, 0, 0, 0, 0x02];

    public ImmutableArray<byte> SourceMac { get; init; } = DefaultSourceMac;

    public ImmutableArray<byte> DestinationMac { get; init; } = DefaultDestinationMac;

    public required IpAddress Source { get; init; }

    public required IpAddress Destination { get; init; }

    public byte Protocol { get; init; } = IpProtocol.Tcp;

    public ushort SourcePort { get; init; }

    public ushort DestinationPort { get; init; }

    public TcpFlags Flags { get; init; }

    public uint Sequence { get; init; } = 0x1000_0000;

    public uint Acknowledgment { get; init; }

    public ushort Window { get; init; } = 0xfaf0;

    public byte Ttl { get; init; } = 64;

    public ushort Id { get; init; } = 0x1234;

    /// <summary>IPv4 flags and offset.</summary>
    public ushort FragmentBits { get; init; } = IPv4Packet.DontFragment;

    /// <summary>IPv4 options; a multiple of 4 bytes.</summary>
    public ImmutableArray<byte> IpOptions { get; init; } = [];

    /// <summary>TCP options; a multiple of 4 bytes.</summary>
    public ImmutableArray<byte> TcpOptions { get; init; } = [];

    /// <summary>
    /// IPv6 extension headers before the transport: their numbers. Each is of padding; a routing header is at its end, a fragment header is of a whole
    /// datagram.
    /// </summary>
    public ImmutableArray<byte> Extensions { get; init; } = [];

    /// <summary>Bytes of each extension header that has no fixed size: a multiple of 8, at most 256.</summary>
    public int ExtensionSize { get; init; } = 8;

    /// <summary>Bytes of all extension headers.</summary>
    public int ExtensionBytes => Extensions.Sum(next => next == IpProtocol.Fragment ? 8 : ExtensionSize);

    /// <summary>Type of the only chunk of an SCTP packet; the payload is its value.</summary>
    public SctpChunkType Chunk { get; init; }

    /// <summary>SCTP's.</summary>
    public uint VerificationTag { get; init; } = 0x3000_0001;

    public byte IcmpType { get; init; }

    public byte IcmpCode { get; init; }

    /// <summary>Second word of an ICMP message.</summary>
    public uint IcmpRest { get; init; } = 0x0001_0001;

    public ImmutableArray<byte> Payload { get; init; } = [];

    /// <summary>Changes of the built frame, in order.</summary>
    public ImmutableList<Func<byte[], byte[]>> Faults { get; init; } = [];

    public IpFamily Family => Source.Family;

    /// <summary>The answer's addresses and ports: source and destination exchanged, MACs too.</summary>
    public PacketSpec Reversed() => this with
    {
        Source = Destination,
        Destination = Source,
        SourcePort = DestinationPort,
        DestinationPort = SourcePort,
        SourceMac = DestinationMac,
        DestinationMac = SourceMac,
    };

    /// <summary>The frame's bytes.</summary>
    public byte[] Build() => Faults.Aggregate(PacketBuilder.Build(this), (frame, fault) => fault(frame));
}
