using System.Collections.Immutable;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets;
using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Tables;

/// <summary>
/// Packets read tables while they are written. Each must be handled by what was before a change or what is after it. No scan of the flow tables
/// runs, so path ids keep their meaning until the reader has looked at them; indexes, slots and hash elements are given out again.
/// </summary>
public sealed class TableFlipTests
{
    private const int Services = 8;
    private const int Changes = 400;

    [Fact]
    public async Task Packets_WhileServicesChangeAndComeAndGo_MeetOnlyTheirOwnPaths()
    {
        await using EbpfEngine engine = new("bpf-flip", limitRejects: false);
        engine.Reset(FixtureWorld.Settings, new FixtureWorld(IpFamily.IPv4).Network(DeliveryMode.Stack));
        Assert.Empty(engine.Apply(new TableChange(0, Complete: true, [.. Enumerable.Range(0, Services).Select(i => Service(i, round: 0))], [])));
        using CancellationTokenSource done = new();
        Task<(long Reads, string? Foreign)> reader = Task.Factory.StartNew(
            () => Read(engine, done.Token), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        for (int round = 1; round <= Changes && !reader.IsCompleted; round++)
        {
            int service = round % Services;

            // Every third time the service goes and another comes: indexes, slots and the hash element are given out again.
            ImmutableArray<Rejection> refused = round % 3 == 0
                ? engine.Apply(new TableChange(0, false, [Service(Services + round, round)], [Uid(service)]))
                : engine.Apply(new TableChange(0, false, [Service(service, round)], [Uid(Services + round - 1)]));
            Assert.Empty(refused);
        }

        await done.CancelAsync();
        (long reads, string? foreign) = await reader;
        Assert.Null(foreign);
        Assert.True(reads > 10_000, $"only {reads} packets met {Changes} changes");
    }

    private static (long Reads, string? Foreign) Read(EbpfEngine engine, CancellationToken done)
    {
        long reads = 0;
        while (!done.IsCancellationRequested)
        {
            for (int service = 0; service < Services; service++, reads++)
            {
                PacketSpec packet = Packet.Tcp($"203.0.113.7:{1024 + (reads % 60_000)}", $"10.96.1.{service}:80", TcpFlags.Syn);
                EngineResult result = engine.Run(PacketHook.Ingress, FixtureWorld.Uplink, packet.Build());
                bool own = result.Path.Address.IsSet
                    ? result.Path.VmiId >> 8 == (ulong)service && (result.Path.Address.Bits >> 8 & 0xff) == (UInt128)service
                    : result.Reason is DropReason.Unallocated or DropReason.NoSuchPort or DropReason.TableChanged or DropReason.NoNextHop;
                if (!own)
                {
                    return (reads, $"packet {reads} to service {service}: {result.Verdict} {result.Reason} {result.Path}");
                }
            }
        }

        return (reads, null);
    }

    private static Guid Uid(int service) => new(service, 1, 1, new byte[8]);

    /// <summary>Services of index 0..7 are read; others only use memory that those gave up. The path tells its service by address and VMI id.</summary>
    private static ServiceTable Service(int index, int round)
    {
        int tag = index < Services ? index : 200;
        IpAddress address = IpAddress.Parse($"10.96.{(index < Services ? 1 : 2)}.{index % 250}");
        return new ServiceTable(Uid(index), new NamespacedName("default", $"s{index}"), (ulong)round,
        [
            new Frontend(address, TransportProtocol.Tcp, 80, TableIds.OfFrontend(Uid(index), IpFamily.IPv4, TransportProtocol.Tcp, 80), FrontendFlags.None, 0,
            [.. Enumerable.Range(0, 2 + (round % 5)).Select(i =>
                new EcmpPath(IpAddress.Parse($"10.50.{tag}.{i + 1 + (round % 3)}"), 8080, 1, PathState.Active, ((ulong)tag << 8) | (uint)i))]),
        ]);
    }
}
