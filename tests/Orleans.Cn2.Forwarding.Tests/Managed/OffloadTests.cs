using System.Buffers.Binary;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets;
using Orleans.Cn2.Testing.Packets.Fixtures;
using Orleans.Cn2.Testing.Packets.Generation;

namespace Orleans.Cn2.Forwarding.Tests.Managed;

/// <summary>Packets of which something is left to a device, as a TUN interface gives them.</summary>
public sealed class OffloadTests
{
    private const int SuperPacket = 4000;

    public static TheoryData<IpFamily, byte> Protocols => new()
    {
        { IpFamily.IPv4, IpProtocol.Tcp }, { IpFamily.IPv4, IpProtocol.Udp }, { IpFamily.IPv6, IpProtocol.Tcp }, { IpFamily.IPv6, IpProtocol.Udp },
    };

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task PartialChecksum_Translated_IsRightOnceADeviceHasAddedTheRest(IpFamily family, byte protocol)
    {
        FixtureWorld world = new(family);
        await using ManagedPlane plane = Open(world);
        byte[] frame = Build(world, protocol, 64);
        MakePartial(frame, protocol);

        PacketWork work = Process(plane, frame, new PacketOffload(0, IsChecksumPartial: true));

        Assert.Equal(Verdict.Peer, work.Verdict);
        byte[] result = work.Frame.ToArray();
        Complete(result, protocol);
        Assert.Null(PacketChecksums.Verify(result));
    }

    [Theory]
    [InlineData(FixtureWorld.SmallMtu - 40, Verdict.Peer)]
    [InlineData(FixtureWorld.SmallMtu - 39, Verdict.Reject)]
    public async Task SuperPacket_MeasuredBySegments(int segment, Verdict expected)
    {
        FixtureWorld world = new(IpFamily.IPv4);
        await using ManagedPlane plane = Open(world);

        PacketWork work = Process(plane, Build(world, IpProtocol.Tcp, SuperPacket), new PacketOffload(segment, IsChecksumPartial: false));

        Assert.Equal((expected, expected == Verdict.Peer ? DropReason.None : DropReason.PacketTooBig), (work.Verdict, work.Reason));
    }

    // Its hop-by-hop header is the kernel's own, for a length that no field holds; segments have none.
    [Theory]
    [InlineData(FixtureWorld.SmallMtu - 60, Verdict.Peer)]
    [InlineData(FixtureWorld.SmallMtu - 59, Verdict.Reject)]
    public async Task SuperPacketBeyond64Kilobytes_MeasuredWithoutItsHopByHopHeader(int segment, Verdict expected)
    {
        FixtureWorld world = new(IpFamily.IPv6);
        await using ManagedPlane plane = Open(world);
        PacketSpec jumbo = Packet.Tcp(world.At(world.A, 40000), world.At(world.Web, 80), TcpFlags.Syn) with { Extensions = [IpProtocol.HopByHop] };

        PacketWork work = Process(plane, jumbo.WithPayload(70_000).WithLength(0).Build(), new PacketOffload(segment, IsChecksumPartial: false));

        Assert.Equal((expected, expected == Verdict.Peer ? DropReason.None : DropReason.PacketTooBig), (work.Verdict, work.Reason));
    }

    [Fact]
    public async Task SuperPacket_Translated_CountsAsItsSegments()
    {
        FixtureWorld world = new(IpFamily.IPv4);
        await using ManagedPlane plane = Open(world);
        byte[] frame = Build(world, IpProtocol.Tcp, SuperPacket);

        Process(plane, frame, new PacketOffload(1400, IsChecksumPartial: false));

        FrontendCount count = Assert.Single(plane.ReadFrontends(), each => each.Packets > 0);
        Assert.Equal((3ul, (ulong)(frame.Length - EthernetFrame.HeaderLength)), (count.Packets, count.Bytes));
    }

    [Theory]
    [InlineData(IpFamily.IPv4)]
    [InlineData(IpFamily.IPv6)]
    public async Task Routed_NodeToVmi_ComesFromTheSnatAddressAndAnswersFindTheNode(IpFamily family)
    {
        FixtureWorld world = new(family);
        await using ManagedPlane plane = Open(world, isRouted: true);

        PacketWork there = Process(plane, Packet.Udp(world.At(world.Node, 40000), world.At(world.Web, 53)).Build(), default, FixtureWorld.NodePair);
        PacketWork back = Process(plane, Packet.Udp(world.At(world.B, 5353), world.At(world.Snat, 40000)).Build(), default, FixtureWorld.PodB);

        Assert.Equal((Verdict.Peer, world.Snat), (there.Verdict, SourceOf(there, family)));
        Assert.Equal((Verdict.NodeIngress, world.Web, FixtureWorld.NodeStack), (back.Verdict, SourceOf(back, family), back.Target));
    }

    [Theory]
    [InlineData(IpFamily.IPv4)]
    [InlineData(IpFamily.IPv6)]
    public async Task Routed_PodToHostNetworkBackEnd_ComesFromTheFloatingIpAndAnswersFindThePod(IpFamily family)
    {
        FixtureWorld world = new(family);
        await using ManagedPlane plane = Open(world, isRouted: true);

        PacketWork there = Process(plane, Packet.Udp(world.At(world.A, 40000), world.At(world.Host, 53)).Build(), default, FixtureWorld.PodA);
        PacketWork back = Process(plane, Packet.Udp(world.At(world.Node, 5353), world.At(world.Host, 40000)).Build(), default, FixtureWorld.NodePair);

        Assert.Equal((Verdict.NodeIngress, world.Host), (there.Verdict, SourceOf(there, family)));
        Assert.Equal((Verdict.Peer, world.Host, FixtureWorld.PodA), (back.Verdict, SourceOf(back, family), back.Target));
    }

    private static ManagedPlane Open(FixtureWorld world, bool isRouted = false)
    {
        ManagedPlane plane = new(time: new StoppedClock());
        plane.Configure(FixtureWorld.Settings);
        plane.Connect(world.Network(DeliveryMode.Fast) with { IsRouted = isRouted });
        Assert.Empty(plane.Apply(world.Tables));
        return plane;
    }

    private static byte[] Build(FixtureWorld world, byte protocol, int payload)
    {
        PacketSpec spec = protocol == IpProtocol.Tcp
            ? Packet.Tcp(world.At(world.A, 40000), world.At(world.Web, 80), TcpFlags.Syn)
            : Packet.Udp(world.At(world.A, 40000), world.At(world.Web, 53));
        return (spec with { Payload = [.. Enumerable.Range(0, payload).Select(i => (byte)i)] }).Build();
    }

    private static PacketWork Process(ManagedPlane plane, byte[] frame, PacketOffload offload, int at = FixtureWorld.PodA)
    {
        byte[] buffer = new byte[Math.Max(frame.Length, PacketWork.MinimumBuffer)];
        frame.CopyTo(buffer, 0);
        PacketWork work = new() { Buffer = buffer, Length = frame.Length, Interface = at, Offload = offload };
        plane.Process(new Span<PacketWork>(ref work));
        return work;
    }

    private static string SourceOf(PacketWork work, IpFamily family) => (family == IpFamily.IPv4
        ? IpAddress.FromBytes(work.Frame.Slice(26, 4))
        : IpAddress.FromBytes(work.Frame.Slice(22, 16))).ToString();

    // As the kernel leaves it: the sum of the pseudo-header, not complemented (CHECKSUM_PARTIAL).
    private static void MakePartial(byte[] frame, byte protocol)
    {
        (int transport, int field) = PlaceOf(frame, protocol);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(field), InternetChecksum.Fold(PseudoOf(frame, protocol, frame.Length - transport)));
    }

    private static void Complete(byte[] frame, byte protocol)
    {
        (int transport, int field) = PlaceOf(frame, protocol);
        ushort checksum = InternetChecksum.Of(frame.AsSpan(transport));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(field), checksum);
    }

    private static (int Transport, int Field) PlaceOf(byte[] frame, byte protocol)
    {
        int transport = EthernetFrame.HeaderLength + (frame[12] == 0x08 ? IPv4Packet.MinHeaderLength : IPv6Packet.HeaderLength);
        return (transport, transport + (protocol == IpProtocol.Tcp ? 16 : 6));
    }

    private static ulong PseudoOf(byte[] frame, byte protocol, int length)
    {
        if (frame[12] == 0x08)
        {
            IPv4Packet.TryCreate(frame.AsSpan(EthernetFrame.HeaderLength), out IPv4Packet v4);
            return InternetChecksum.PseudoHeader(v4.Source, v4.Destination, protocol, length);
        }

        IPv6Packet.TryCreate(frame.AsSpan(EthernetFrame.HeaderLength), out IPv6Packet v6);
        return InternetChecksum.PseudoHeader(v6.Source, v6.Destination, protocol, length);
    }
}
