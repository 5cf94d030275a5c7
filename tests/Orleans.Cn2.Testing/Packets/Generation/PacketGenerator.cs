using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Testing.Packets.Generation;

/// <summary>A packet to send and where.</summary>
public readonly record struct GeneratedPacket(PacketHook Hook, int Interface, byte[] Frame);

/// <summary>
/// Random packets for a <see cref="GeneratedWorld"/>: first packets, answers and later packets of flows that an engine let through, every sort of broken
/// packet, and noise. The same seed and the same answers make the same packets.
/// </summary>
public sealed class PacketGenerator(Random random)
{
    private const int Remembered = 256;

    private static readonly ImmutableArray<TcpFlags> Flags =
    [
        TcpFlags.Syn, TcpFlags.Syn, TcpFlags.Ack, TcpFlags.Ack | TcpFlags.Psh, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Fin | TcpFlags.Ack,
        TcpFlags.Rst, TcpFlags.Rst | TcpFlags.Ack, TcpFlags.None, TcpFlags.Syn | TcpFlags.Fin, TcpFlags.Syn | TcpFlags.Rst, TcpFlags.Urg, TcpFlags.Fin,
    ];

    // Record route, timestamp, router alert; rarely a source route.
    private static readonly ImmutableArray<byte> KnownOptions = [0, 1, 1, 1, 1, 7, 7, 68, 68, 148, 148, 131];

    private static readonly ImmutableArray<byte> KnownExtensions =
    [
        IpProtocol.DestinationOptions, IpProtocol.DestinationOptions, IpProtocol.DestinationOptions, IpProtocol.Routing, IpProtocol.Routing, IpProtocol.Fragment,
        IpProtocol.DestinationOptions, IpProtocol.DestinationOptions, IpProtocol.Routing, IpProtocol.Authentication,
    ];

    private readonly ErrorGenerator _errors = new(random);
    private readonly List<(PacketSpec Sent, PacketSpec Result, int From)> _flows = [];

    private readonly PieceGenerator _pieces = new(random);

    private PacketSpec? _last;

    /// <summary>The next packet.</summary>
    public GeneratedPacket Next()
    {
        _last = null;
        if (_pieces.TryNext(out GeneratedPacket piece))
        {
            return piece;
        }

        int kind = random.Next(100);
        if (kind < 2)
        {
            return new GeneratedPacket(AnyHook(), AnyInterface(), Noise());
        }

        if (kind < 12 && _flows.Count > 0)
        {
            return NextError();
        }

        if (kind < 55 && _flows.Count > 0)
        {
            return OfFlow(_flows[random.Next(_flows.Count)], kind < 30);
        }

        (PacketSpec packet, int from) = First();
        _last = packet;
        PacketHook hook = random.Next(20) == 0 ? PacketHook.Egress : PacketHook.Ingress;
        if (random.Next(15) == 0)
        {
            _pieces.Cut(packet.WithPayload(random.Next(20, 400)), hook, from);
        }

        if (kind >= 80)
        {
            _last = null;
            return new GeneratedPacket(hook, from, Broken(packet));
        }

        return new GeneratedPacket(hook, from, packet.Build());
    }

    /// <summary>An ICMP error about a flow that an engine made.</summary>
    /// <exception cref="InvalidOperationException">No flow was learned yet.</exception>
    public GeneratedPacket NextError()
    {
        _last = null;
        if (_flows.Count == 0)
        {
            throw new InvalidOperationException("no flow was learned yet");
        }

        (PacketSpec sent, PacketSpec seen, _) = _flows[random.Next(_flows.Count)];
        PacketSpec error = _errors.About(sent, seen);
        return new GeneratedPacket(AnyHook(), AnyInterface(), random.Next(8) == 0 ? Broken(error) : error.Build());
    }

    /// <summary>Tells what became of the last packet, so that later ones may belong to its flow.</summary>
    public void Learn(in GeneratedPacket packet, EngineResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (_last is not { } sent || !result.NewFlow)
        {
            return;
        }

        (IpAddress source, ushort sourcePort, IpAddress destination, ushort destinationPort) = TupleOf(result.Frame);
        PacketSpec seen = sent with { Source = source, SourcePort = sourcePort, Destination = destination, DestinationPort = destinationPort };
        if (_flows.Count == Remembered)
        {
            _flows.RemoveAt(random.Next(Remembered));
        }

        _flows.Add((sent, seen, packet.Interface));
    }

    private GeneratedPacket OfFlow((PacketSpec Sent, PacketSpec Result, int From) flow, bool answer)
    {
        PacketSpec packet = (answer ? flow.Result.Reversed() : flow.Sent) with
        {
            Flags = random.Next(3) == 0 ? Flags[random.Next(Flags.Length)] : TcpFlags.Ack,
            Chunk = Chunk(),
            Sequence = SomeNumber(),
            Acknowledgment = SomeNumber(),
            VerificationTag = SomeNumber(),
            Ttl = (byte)(random.Next(20) == 0 ? random.Next(3) : 64),
        };
        packet = random.Next(20) == 0 ? packet.WithMacs([0x02, 0, 0, 0, 0, (byte)random.Next(2)], PacketSpec.DefaultDestinationMac) : packet;
        packet = packet.WithPayload(random.Next(12) == 0 ? random.Next(1200, 1520) : random.Next(40));
        PacketHook hook = random.Next(answer ? 3 : 10) == 0 ? PacketHook.Egress : PacketHook.Ingress;
        int from = answer || random.Next(15) == 0 ? AnyInterface() : flow.From;
        if (random.Next(12) == 0)
        {
            _pieces.Cut(packet.WithPayload(random.Next(20, 400)), hook, from);
        }

        return new GeneratedPacket(hook, from, random.Next(10) == 0 ? Broken(packet) : packet.Build());
    }

    private (PacketSpec Packet, int From) First()
    {
        IpFamily family = random.Next(2) == 0 ? IpFamily.IPv4 : IpFamily.IPv6;
        int from = AnyInterface();
        IpAddress source = random.Next(12) == 0 ? OddSource(family) : from switch
        {
            GeneratedWorld.Uplink => IpAddress.Parse(family == IpFamily.IPv4 ? $"203.0.113.{random.Next(1, 20)}" : $"2001:db8::{random.Next(1, 20)}"),
            GeneratedWorld.NodePair => GeneratedWorld.Pod(family, 8),
            _ => GeneratedWorld.Pod(family, from - GeneratedWorld.FirstPod),
        };
        IpAddress destination = random.Next(10) switch
        {
            0 => GeneratedWorld.Pod(family, random.Next(10)),
            1 => IpAddress.Parse(family == IpFamily.IPv4 ? "10.96.0.200" : "fd00:96::200"),
            _ => GeneratedWorld.Fip(family, random.Next(GeneratedWorld.Services)),
        };
        byte protocol = random.Next(20) switch
        {
            0 => IpProtocol.Icmp,
            1 => IpProtocol.IcmpV6,
            2 => (byte)random.Next(256),
            < 10 => IpProtocol.Tcp,
            < 13 => IpProtocol.Sctp,
            _ => IpProtocol.Udp,
        };
        PacketSpec packet = new()
        {
            Source = source,
            Destination = destination,
            Protocol = protocol,
            SourcePort = (ushort)(random.Next(30) == 0 ? random.Next(65536) : 40000 + random.Next(200)),
            DestinationPort = random.Next(12) == 0 ? (ushort)random.Next(65536) : GeneratedWorld.Ports[random.Next(GeneratedWorld.Ports.Length)],
            Flags = Flags[random.Next(random.Next(2) == 0 ? 2 : Flags.Length)],
            Sequence = (uint)random.NextInt64(uint.MaxValue),
            Acknowledgment = (uint)random.NextInt64(uint.MaxValue),
            Ttl = (byte)(random.Next(20) == 0 ? random.Next(3) : 64),
            Id = (ushort)random.Next(65536),
            FragmentBits = (ushort)(random.Next(2) == 0 ? IPv4Packet.DontFragment : 0),
            Chunk = Chunk(),
            IcmpType = random.Next(4) == 0 ? (byte)random.Next(256) : random.Next(2) == 0 ? IcmpMessage.EchoRequest : IcmpMessage.EchoRequestV6,
            IcmpRest = (uint)random.NextInt64(uint.MaxValue),
            TcpOptions = random.Next(4) == 0 ? [1, 1, 1, 0] : [],
        };
        packet = random.Next(8) == 0 ? WithHeaders(packet) : packet;
        packet = random.Next(30) == 0 ? packet.WithMacs(PacketSpec.DefaultSourceMac, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) : packet;
        return (packet.WithPayload(random.Next(10) == 0 ? random.Next(1520) : random.Next(40)), from);
    }

    /// <summary>A sequence number, acknowledgement or tag: often one that the other side may have used.</summary>
    private uint SomeNumber() => random.Next(4) == 0 ? (uint)random.NextInt64(uint.MaxValue) : (uint)random.Next(2);

    private SctpChunkType Chunk() => random.Next(3) == 0 ? SctpChunkType.Init : (SctpChunkType)random.Next(17);

    private byte[] Broken(PacketSpec packet)
    {
        int l3 = packet.Build().Length - EthernetFrame.HeaderLength;
        bool v4 = packet.Family == IpFamily.IPv4;
        PacketSpec broken = random.Next(14) switch
        {
            0 => packet.Cut(random.Next(l3 + 1)),
            1 => packet.WithLength((ushort)random.Next(65536)),
            2 => packet.WithLength((ushort)Math.Max(0, l3 - (v4 ? 0 : 40) + random.Next(-30, 5))),
            3 => packet.WithTrailer(random.Next(1, 30)),
            4 => packet.WithL3Byte(0, (byte)random.Next(256)),
            5 => packet with { FragmentBits = (ushort)random.Next(65536), Extensions = [IpProtocol.Fragment] },
            6 => packet with { IpOptions = [.. SomeBytes(4 * random.Next(1, 11))] },
            7 => packet with { Extensions = [.. SomeBytes(random.Next(1, 4))] },
            12 => WithHeaders(packet).With(frame =>
            {
                frame[random.Next(34, Math.Min(frame.Length, 80))] = (byte)random.Next(256);
                return frame;
            }),
            8 when packet.Protocol == IpProtocol.Tcp => packet.WithDataOffset(random.Next(16)),
            8 or 9 when packet.Protocol == IpProtocol.Udp => packet.WithUdpLength((ushort)random.Next(0, 60)),
            10 when packet.Protocol == IpProtocol.Udp => packet.WithoutUdpChecksum(),
            8 or 9 when packet.Protocol == IpProtocol.Sctp => packet.WithL4Byte(15, (byte)random.Next(60)),
            10 when packet.Protocol == IpProtocol.Sctp => packet.WithL4Byte(8, 0).WithL4Byte(9, 0).WithL4Byte(10, 0).WithL4Byte(11, 0),
            11 => packet.With(frame =>
            {
                (frame[12], frame[13]) = ((byte)random.Next(256), (byte)random.Next(256));
                return frame;
            }),
            _ => packet.With(frame =>
            {
                frame[random.Next(EthernetFrame.HeaderLength, frame.Length)] ^= (byte)(1 << random.Next(8));
                return frame;
            }),
        };
        return broken.Build();
    }

    /// <summary>Options or extension headers that a packet may have, and some that it may not.</summary>
    private PacketSpec WithHeaders(PacketSpec packet)
    {
        if (packet.Family == IpFamily.IPv4)
        {
            byte[] options = new byte[4 * random.Next(1, 11)];
            for (int at = 0, length; at < options.Length; at += length)
            {
                options[at] = KnownOptions[random.Next(KnownOptions.Length)];
                length = options[at] <= 1 ? 1 : Math.Min(options.Length - at, random.Next(2, 12));
                if (length > 1)
                {
                    options[at + 1] = (byte)length;
                }
            }

            return packet with { IpOptions = [.. options] };
        }

        int headers = random.Next(1, random.Next(3) == 0 ? 10 : 4);
        return packet with
        {
            Extensions = [.. Enumerable.Range(0, headers).Select(i => i == 0 && random.Next(3) == 0 ? IpProtocol.HopByHop : KnownExtensions[random.Next(KnownExtensions.Length)])],
            ExtensionSize = 8 * random.Next(1, random.Next(4) == 0 ? 10 : 3),
        };
    }

    private byte[] SomeBytes(int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private byte[] Noise()
    {
        byte[] frame = new byte[random.Next(0, 200)];
        random.NextBytes(frame);
        if (frame.Length >= EthernetFrame.HeaderLength && random.Next(3) != 0)
        {
            ushort type = random.Next(2) == 0 ? EtherType.IPv4 : EtherType.IPv6;
            (frame[12], frame[13]) = ((byte)(type >> 8), (byte)type);
        }

        return frame;
    }

    private IpAddress OddSource(IpFamily family)
    {
        string[] odd = family == IpFamily.IPv4
            ? ["0.0.0.0", "127.0.0.1", "224.0.0.5", "255.255.255.255", "10.96.0.11", "10.97.0.3", "198.51.100.1", "10.244.1.11"]
            : ["::", "::1", "ff02::1", "fd00:96::11", "2001:db8:5::1", "fd00:244:1::11"];
        return IpAddress.Parse(odd[random.Next(odd.Length)]);
    }

    private PacketHook AnyHook() => random.Next(2) == 0 ? PacketHook.Egress : PacketHook.Ingress;

    private int AnyInterface() => GeneratedWorld.Interfaces[random.Next(GeneratedWorld.Interfaces.Length)];

    /// <summary>The addresses and ports of a frame without options and extension headers.</summary>
    internal static (IpAddress Source, ushort SourcePort, IpAddress Destination, ushort DestinationPort) TupleOf(byte[] frame)
    {
        EthernetFrame.TryCreate(frame, out EthernetFrame ethernet);
        Span<byte> l3 = ethernet.Payload;
        bool v4 = ethernet.Type == EtherType.IPv4;
        Span<byte> addresses = v4 ? l3[12..20] : l3[8..40];
        Span<byte> ports = l3[TransportPlace.Of(l3, v4).Offset..];
        int half = addresses.Length / 2;
        return (IpAddress.FromBytes(addresses[..half]), (ushort)((ports[0] << 8) | ports[1]),
            IpAddress.FromBytes(addresses[half..]), (ushort)((ports[2] << 8) | ports[3]));
    }
}
