using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets;
using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Tables;

/// <summary>
/// Packets read tables while they are written. Each must be handled by what was before a change or what is after it. No scan of the flow tables
/// runs, so path ids keep their meaning until the reader has looked at them; indexes, slots and hash elements are given out again.
/// </summary>
public sealed partial class TableFlipTests
{
    private const int Services = 8;
    private const int Changes = 400;
    private const long Reads = 2_000_000;
    private const int Ports = 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Packets_WhileServicesChangeAndComeAndGo_MeetOnlyTheirOwnPaths()
    {
        await using EbpfEngine engine = new("bpf-flip", limitRejects: false);
        engine.Reset(FixtureWorld.Settings, new FixtureWorld(IpFamily.IPv4).Network(DeliveryMode.Stack));
        Assert.Empty(engine.Apply(new TableChange(0, Complete: true, [.. Enumerable.Range(0, Services).Select(i => Service(i, round: 0))], [])));
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        done.CancelAfter(Patience);
        using Progress progress = new();
        Task<string?> reader = Task.Factory.StartNew(
            () => engine.InNode(() => Read(engine, progress, done.Token)), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Task writer = Task.Factory.StartNew(
            () => Write(engine, progress, done.Token), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        Assert.Null(await reader);
        await writer;
    }

    /// <summary>Changes tables on one CPU, spread over the packets that the other reads.</summary>
    private static void Write(EbpfEngine engine, Progress progress, CancellationToken done)
    {
        Pin(0);
        for (int round = 1; round <= Changes; round++)
        {
            progress.Turn.Wait(done);
            int service = round % Services;

            // Every third time the service goes and another comes: indexes, slots and the hash element are given out again.
            ImmutableArray<Rejection> refused = round % 3 == 0
                ? engine.Apply(new TableChange(0, false, [Service(Services + round, round)], [Uid(service)]))
                : engine.Apply(new TableChange(0, false, [Service(service, round)], [Uid(Services + round - 1)]));
            Assert.Empty(refused);
            Volatile.Write(ref progress.Changes, round);
        }
    }

    /// <summary>Runs the program on first packets until both sides did enough; returns the first that met what is not its own.</summary>
    private static string? Read(EbpfEngine engine, Progress progress, CancellationToken done)
    {
        Pin(1);
        byte[][] frames = [.. from port in Enumerable.Range(0, Ports)
                              from service in Enumerable.Range(0, Services)
                              select Packet.Tcp($"203.0.113.7:{1024 + port}", $"10.96.1.{service}:80", TcpFlags.Syn).Build()];
        byte[] output = new byte[512];
        for (long read = 0; read < Reads || Volatile.Read(ref progress.Changes) < Changes; read++)
        {
            if (read % (Reads / Changes) == 0)
            {
                progress.Turn.Release();
            }

            if (done.IsCancellationRequested)
            {
                return $"{read} packets met {progress.Changes} changes within {Patience}";
            }

            int service = (int)(read % Services);
            SkBuff context = new() { Interface = FixtureWorld.Uplink };
            _ = TestRun.OnFrame(engine.Plane.Path.Ingress, frames[read % frames.Length], output, ref context);
            if (Foreign(engine, service, context) is { } foreign)
            {
                return $"packet {read} to service {service}: {foreign}";
            }
        }

        return null;
    }

    private static unsafe string? Foreign(EbpfEngine engine, int service, SkBuff context)
    {
        DropReason reason = (DropReason)context.Control[1];
        if (context.Control[2] == 0)
        {
            return reason is DropReason.Unallocated or DropReason.NoSuchPort or DropReason.TableChanged or DropReason.NoNextHop or DropReason.PathGone
                ? null
                : $"{(Verdict)context.Control[0]} {reason} and no path";
        }

        EcmpPath path = engine.Plane.ReadPath(context.Control[2] - 1);
        return path.VmiId >> 8 == (ulong)service && (path.Address.Bits >> 8 & 0xff) == (UInt128)service
            ? null
            : $"{(Verdict)context.Control[0]} {reason} {path}";
    }

    /// <summary>Reader and writer run at once only on a CPU each; on a machine with one they take turns.</summary>
    private static void Pin(int cpu)
    {
        if (cpu < Environment.ProcessorCount)
        {
            ulong mask = 1ul << cpu;
            Assert.Equal(0, SetAffinity(0, sizeof(ulong), mask));
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SetAffinity(int thread, nuint size, in ulong mask);

    private sealed class Progress : IDisposable
    {
        internal int Changes;

        internal SemaphoreSlim Turn { get; } = new(0);

        public void Dispose() => Turn.Dispose();
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
