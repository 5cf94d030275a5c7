using System.Numerics;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Forwarding.Ebpf.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets;
using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Tables;

/// <summary>
/// The filter lets packets of others by without a lookup. It holds all that may be a flow's, also across a restart, and no more for longer than flows may last.
/// </summary>
public sealed class BloomFilterTests
{
    private static readonly Address16 Pod = Address16.Of(IpAddress.Parse("10.244.1.10"));
    private static readonly NetworkShort Port = NetworkShort.Of(8080);

    [Fact]
    public async Task Tables_GivenAndTakenAway_LeaveNoBitBehindAfterAScan()
    {
        await using EbpfEngine engine = World("bpf-bloom");
        Assert.True(BitsOf(engine) > 10);

        engine.Apply(new TableChange(0, Complete: true, [], []));
        Assert.True(BitsOf(engine) > 10);

        engine.Plane.ExpireFlows();
        Assert.Equal(0, BitsOf(engine));
    }

    [Fact]
    public async Task Tables_TakenOver_KeepTheirBits()
    {
        using BpfMount mount = new();
        await using EbpfEngine engine = World("bpf-bloom-pins", new EbpfOptions { Capacity = EbpfEngine.Small, PinRoot = mount.Directory });
        int before = BitsOf(engine);
        File.Delete(Path.Combine(mount.Directory, "node", $"v{MapSpecs.LayoutVersion}", "maps", "bloom"));

        await engine.RestartAsync();

        Assert.Equal(before, BitsOf(engine));
    }

    /// <summary>What the programs take for nobody's is not looked up: the filter is what tells.</summary>
    [Fact]
    public async Task Reply_WhosePathIsNotInTheFilter_PassesBy()
    {
        await using EbpfEngine engine = World("bpf-bloom-reply");
        FixtureWorld world = new(IpFamily.IPv4);
        byte[] Frame(string from, string to) => Packet.Udp(from, to).Build();
        Assert.Equal(Verdict.Peer, engine.Run(PacketHook.Ingress, FixtureWorld.PodA, Frame($"{world.A}:4000", $"{world.Web}:53")).Verdict);
        byte[] reply = Frame($"{world.B}:5353", $"{world.A}:4000");
        Assert.Equal(Verdict.Peer, engine.Run(PacketHook.Ingress, FixtureWorld.PodB, reply).Verdict);

        for (uint word = 0; word < BloomHash.Words; word++)
        {
            engine.Plane.Path["bloom"].Set(word, 0ul);
        }

        Assert.Equal(Verdict.Pass, engine.Run(PacketHook.Ingress, FixtureWorld.PodB, reply).Verdict);
    }

    [Fact]
    public async Task Removed_DuringAScan_StaysUntilTheNextHasEnded()
    {
        await using EbpfEngine engine = new("bpf-bloom-scan");
        using MappedArray<ulong> words = new(engine.Plane.Path["bloom"]);
        BloomFilter filter = new(words);
        filter.AddPath(Pod, Port);
        filter.AddFrontend(Pod);
        filter.RemoveFrontend(Pod);

        filter.BeginScan();
        filter.RemovePath(Pod, Port);
        filter.EndScan(_ => { });
        Assert.Equal(2, BitsOf(engine));

        filter.BeginScan();
        filter.EndScan(_ => { });
        Assert.Equal(0, BitsOf(engine));
    }

    [Fact]
    public async Task Removed_WhatAnotherHasToo_Stays()
    {
        await using EbpfEngine engine = new("bpf-bloom-both");
        using MappedArray<ulong> words = new(engine.Plane.Path["bloom"]);
        BloomFilter filter = new(words);
        filter.AddPath(Pod, Port);
        filter.RemovePath(Pod, Port);

        filter.BeginScan();
        filter.AddFrontend(Pod);
        filter.EndScan(live => live.AddPath(Pod, Port));

        Assert.Equal(3, BitsOf(engine));
    }

    private static EbpfEngine World(string name, EbpfOptions? options = null)
    {
        EbpfEngine engine = new(name, options: options);
        FixtureWorld world = new(IpFamily.IPv4);
        engine.Reset(FixtureWorld.Settings, world.Network(DeliveryMode.Fast));
        Assert.Empty(engine.Apply(world.Tables));
        return engine;
    }

    private static int BitsOf(EbpfEngine engine) =>
        engine.Plane.Path["bloom"].Slices<uint, ulong>(4096).Sum(slice => slice.Values.Take(slice.Count).Sum(BitOperations.PopCount));
}
