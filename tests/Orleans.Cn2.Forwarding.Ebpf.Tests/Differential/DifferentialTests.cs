using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets.Fixtures;
using Orleans.Cn2.Testing.Packets.Generation;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Differential;

/// <summary>
/// Both engines on the same packets and tables. The seeds are those of the calendar day, so that every day tries others; a failure names its own.
/// CN2_DIFFERENTIAL_SEED and CN2_DIFFERENTIAL_PACKETS choose; CN2_CORPUS names a folder to write a case for each outcome to that it has none of.
/// </summary>
public sealed class DifferentialTests
{
    private const int Packets = 1_000_000;
    private const int PacketsPerSeed = 10_000;

    [Fact]
    public async Task Engines_OfRandomPacketsAndTables_AgreeOnEveryByte()
    {
        int seed = Setting("CN2_DIFFERENTIAL_SEED", (int)(DateTime.UtcNow - DateTime.UnixEpoch).TotalDays * 1000);
        int packets = Setting("CN2_DIFFERENTIAL_PACKETS", Packets);
        await using ManagedEngine managed = new(
            new ManagedOptions { RejectsPerSecond = 1_000_000_000, RejectBurst = 1_000_000_000 });
        await using EbpfEngine ebpf = new("differential", limitRejects: false);
        Dictionary<(Verdict, DropReason), int> outcomes = [];
        for (int done = 0; done < packets; done += PacketsPerSeed, seed++)
        {
            DeliveryMode mode = seed % 2 == 0 ? DeliveryMode.Fast : DeliveryMode.Stack;

            string? difference = DifferentialRun.Run(managed, ebpf, seed, Math.Min(PacketsPerSeed, packets - done), mode, outcomes);

            Assert.True(difference is null, difference);
            if (Environment.GetEnvironmentVariable("CN2_CORPUS") is { Length: > 0 } corpus)
            {
                CorpusWriter.Complete(corpus, managed, seed, PacketsPerSeed, mode);
            }
        }

        Assert.Equal(Enum.GetValues<Verdict>(), outcomes.Keys.Select(each => each.Item1).Distinct().Order());
        DropReason[] unmet = [.. Enum.GetValues<DropReason>().Except(outcomes.Keys.Select(each => each.Item2))];
        Assert.Equal(
            [DropReason.TableChanged, DropReason.NoFreePort, DropReason.RejectRateLimited, DropReason.FlowsFull, DropReason.Internal], unmet);
    }

    // Calico once gave ids out twice after a restart, so that a service led to another's back ends.
    [Fact]
    public async Task Engine_RestartedBetweenPackets_DiffersInNothingFromOneThatNeverStopped()
    {
        using BpfMount mount = new();
        await using ManagedEngine managed = new(new ManagedOptions { RejectsPerSecond = 1_000_000_000, RejectBurst = 1_000_000_000 });
        await using EbpfEngine ebpf = new("restarts", limitRejects: false, new EbpfOptions { Capacity = EbpfEngine.Small, PinRoot = mount.Directory });

        string? difference = DifferentialRun.Run(managed, ebpf, seed: 5, packets: 8_000, DeliveryMode.Fast, new Dictionary<(Verdict, DropReason), int>(), restarts: true);

        Assert.True(difference is null, difference);
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), out int value) ? value : otherwise;
}
