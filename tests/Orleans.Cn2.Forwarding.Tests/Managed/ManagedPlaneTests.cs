using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Forwarding.Managed.Tables;
using Orleans.Cn2.Testing.Packets;
using Orleans.Cn2.Testing.Packets.Fixtures;
using Orleans.Cn2.Testing.Packets.Generation;

namespace Orleans.Cn2.Forwarding.Tests.Managed;

public sealed class ManagedPlaneTests
{
    private static readonly FixtureWorld World = new(IpFamily.IPv4);

    [Fact]
    public async Task ReadDigest_AfterRandomChanges_IsTheDigestOfWhatWasApplied()
    {
        await using ManagedPlane plane = new(time: new StoppedClock());
        Dictionary<Guid, ServiceTable> model = [];
        GeneratedWorld world = new(new Random(3));
        for (int i = 0; i < 100; i++)
        {
            TableChange change = i == 0 ? world.FirstTables() : world.NextChange();
            Assert.Empty(plane.Apply(change));
            if (change.Complete)
            {
                model.Clear();
            }

            change.Deletes.ToList().ForEach(uid => model.Remove(uid));
            change.Upserts.ToList().ForEach(table => model[table.Uid] = table);

            Assert.Equal(TableDigest.Of(model.Values), plane.ReadDigest(0));
        }

        plane.Apply(new TableChange(0, Complete: true, [], []));
        Assert.Equal((default, 0, 0L), (plane.ReadDigest(0), plane.ReadStatus().Paths, plane.ReadStatus().SlotsUsed));
    }

    [Fact]
    public async Task Apply_OfAnothersFloatingIp_IsRefusedAndLeavesBothAsTheyWere()
    {
        await using ManagedPlane plane = Open();
        TableDigest before = plane.ReadDigest(0);
        ServiceTable thief = World.Tables.Upserts[0] with { Uid = Guid.NewGuid(), Name = new NamespacedName("evil", "thief") };

        Rejection refused = Assert.Single(plane.Apply(new TableChange(0, false, [thief], [])));

        Assert.Equal("10.96.0.16 Tcp/80 belongs to service default/svc-10", refused.Cause);
        Assert.Equal(before, plane.ReadDigest(0));
    }

    [Fact]
    public async Task Apply_OfAFloatingIpThatMovesWithinTheChange_IsTaken()
    {
        await using ManagedPlane plane = Open();
        ServiceTable old = World.Tables.Upserts[0];
        ServiceTable heir = old with { Uid = Guid.NewGuid(), Name = new NamespacedName("default", "heir") };

        Assert.Empty(plane.Apply(new TableChange(0, false, [heir, old with { Frontends = [] }], [])));
        Assert.Empty(plane.Apply(new TableChange(0, false, [old], [heir.Uid])));
    }

    [Fact]
    public async Task Apply_OfAPathOfTheOtherFamily_NamesIt()
    {
        await using ManagedPlane plane = Open();
        ServiceTable table = FixtureWorld.Change(World.Web, FixtureWorld.Path("fd00::1", 80), null).Upserts[0];

        Assert.Equal("10.96.0.16 Tcp/80: path fd00::1 is of the other family", Assert.Single(plane.Apply(new TableChange(0, false, [table], []))).Cause);
    }

    [Fact]
    public async Task Process_OfEstablishedFlows_AllocatesNothing()
    {
        await using ManagedPlane plane = Open();
        byte[] frame = Packet.Udp(World.At(World.A, 40000), World.At(World.Web, 53)).Build();
        byte[] buffer = new byte[PacketWork.MinimumBuffer];
        Send(1000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Send(1000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Send(int count)
        {
            for (int i = 0; i < count; i++)
            {
                frame.CopyTo(buffer, 0);
                PacketWork work = new() { Buffer = buffer, Length = frame.Length, Interface = FixtureWorld.PodA };
                plane.Process(new Span<PacketWork>(ref work));
            }
        }
    }

    [Fact]
    public async Task Process_OfASmallBuffer_IsRefused()
    {
        await using ManagedPlane plane = Open();

        Assert.Throws<ArgumentException>(() => plane.Process([new PacketWork { Buffer = new byte[60], Length = 60 }]));
    }

    [Fact]
    public async Task ReadFrontends_AfterPackets_CountsL3BytesAndFlows()
    {
        await using ManagedEngine engine = new();
        engine.Reset(FixtureWorld.Settings, World.Network(DeliveryMode.Fast));
        engine.Apply(World.Tables);
        byte[] frame = Packet.Udp(World.At(World.A, 1), World.At(World.Web, 53)).Build();

        engine.Run(PacketHook.Ingress, FixtureWorld.PodA, frame);
        engine.Run(PacketHook.Ingress, FixtureWorld.PodA, frame);

        FrontendCount count = Assert.Single(engine.Plane.ReadFrontends(), each => each.Packets > 0);
        Assert.Equal((World.Tables.Upserts[0].Frontends[1].Id, 2ul, 2ul * (ulong)(frame.Length - 14), 1ul), (count.FrontendId, count.Packets, count.Bytes, count.NewFlows));
    }

    [Theory]
    [InlineData("10.96.0.16", 80, Verdict.Peer, DropReason.None, "10.244.1.11:8080 is a pod of this node behind interface 11: translated and moved into it")]
    [InlineData("10.96.0.32", 80, Verdict.Neighbour, DropReason.None, "10.244.2.10:8080 is on another node: translated and sent out of interface 20")]
    [InlineData("10.96.0.16", 81, Verdict.Reject, DropReason.NoSuchPort, "10.96.0.16 is a FloatingIP, but no service has Tcp port 81 on it: answered by RST")]
    [InlineData("10.96.0.80", 80, Verdict.Reject, DropReason.NoEndpoints, "no path takes new flows: answered by RST")]
    [InlineData("10.96.0.96", 80, Verdict.Drop, DropReason.NoLocalEndpoints, "internalTrafficPolicy is Local and no ready path is on this node: dropped")]
    [InlineData("10.96.0.238", 80, Verdict.Drop, DropReason.Unallocated, "10.96.0.238 is in a service subnet, but no service has it: dropped")]
    [InlineData("10.244.1.11", 80, Verdict.Pass, DropReason.None, "10.244.1.11 is in no service subnet and no FloatingIP: the packet passes untouched")]
    public async Task Explain_OfATuple_SaysWhatThePacketMeets(string destination, ushort port, Verdict verdict, DropReason reason, string last)
    {
        await using ManagedPlane plane = Open();

        Explanation explanation = plane.Explain(new PacketTuple(
            TransportProtocol.Tcp, IpAddress.Parse(World.A), 40000, IpAddress.Parse(destination), port));

        Assert.Equal((verdict, reason, last), (explanation.Verdict, explanation.Reason, explanation.Steps[^1]));
    }

    [Fact]
    public async Task Explain_OfAnyNewFlow_AgreesWithThePacket()
    {
        Random random = new(5);
        await using ManagedEngine engine = new(time: new StoppedClock());
        engine.Reset(GeneratedWorld.Settings, GeneratedWorld.Network(DeliveryMode.Fast));
        engine.Apply(new GeneratedWorld(random).FirstTables());
        for (int i = 0; i < 80; i++)
        {
            IpFamily family = i % 2 == 0 ? IpFamily.IPv4 : IpFamily.IPv6;
            IpAddress source = IpAddress.Parse(family == IpFamily.IPv4 ? $"10.244.77.{i}" : $"fd00:77::{i:x}");
            IpAddress destination = GeneratedWorld.Fip(family, random.Next(GeneratedWorld.Services));
            PacketSpec packet = new() { Source = source, Destination = destination, SourcePort = 7, DestinationPort = 80, Flags = TcpFlags.Syn };

            Explanation explanation = engine.Plane.Explain(new PacketTuple(TransportProtocol.Tcp, source, 7, destination, 80));
            EngineResult result = engine.Run(PacketHook.Ingress, GeneratedWorld.FirstPod, packet.Build());

            Assert.Equal((result.Verdict, result.Reason), (explanation.Verdict, explanation.Reason));
            Assert.True(result.Verdict is Verdict.Drop or Verdict.Reject || explanation.Path!.Value.Address == result.Path.Address);
        }
    }

    [Fact]
    public void PathIds_OfRetiredPaths_ComeBackOnlyAfterAWholeScan()
    {
        PathRegistry paths = new();
        EcmpPath path = FixtureWorld.Path("10.0.0.1", 80);
        int first = paths.Add(path, 0, default);
        paths.ScanBegins();
        paths.Retire(first);
        paths.ScanEnded();
        int second = paths.Add(path, 0, default);
        paths.ScanBegins();
        paths.ScanEnded();
        int third = paths.Add(path, 0, default);

        Assert.Equal((1, 0), (second, third));
        Assert.Equal(1u, paths[third].Epoch);
    }

    private static ManagedPlane Open()
    {
        ManagedPlane plane = new(time: new StoppedClock());
        plane.Configure(FixtureWorld.Settings);
        plane.Connect(World.Network(DeliveryMode.Fast));
        Assert.Empty(plane.Apply(World.Tables));
        return plane;
    }
}
