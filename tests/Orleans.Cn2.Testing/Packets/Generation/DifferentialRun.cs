using System.Globalization;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Testing.Packets.Generation;

/// <summary>
/// Random packets and table changes through two engines that must agree. The engines must not limit rejects, and must have clocks of their own that
/// age alike: their stamps differ.
/// </summary>
public static class DifferentialRun
{
    private const int PacketsPerChange = 250;
    private const int PacketsPerRestart = 1_000;

    /// <summary>Longer than every limit but that of established TCP.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(250);

    /// <summary>Null when the engines agreed on all; else the first difference with its seed and the shortest case found that shows one.</summary>
    /// <param name="restarts">True: the planes are opened anew now and then.</param>
    /// <param name="outcomes">Counts what came out, so that a test can see that it met all there is.</param>
    public static string? Run(
        IEngineUnderTest one, IEngineUnderTest other, int seed, int packets, DeliveryMode mode, IDictionary<(Verdict, DropReason), int> outcomes, bool restarts = false)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(outcomes);
        EngineComparison engines = new(one, other);
        bool holds = seed % 4 < 2;
        return engines.Inside(() =>
        {
            List<CaseStep> done = [];
            engines.Reset(mode, holds);
            if (Steps(engines, other, new Random(seed), packets, restarts, outcomes, done) is not { } difference)
            {
                return null;
            }

            PacketCase found = new(mode, holds, [.. done]);
            PacketCase shortest = CaseShrinker.Shrink(found, candidate => engines.Run(candidate) is not null);
            return string.Create(CultureInfo.InvariantCulture, $"""
                seed {seed}, mode {mode}, step {done.Count}: {difference}

                shortest case, to be kept in the corpus: {engines.Run(shortest)}

                {CaseText.Write(shortest)}
                """);
        });
    }

    private static string? Steps(
        EngineComparison engines, IEngineUnderTest other, Random random, int packets, bool restarts, IDictionary<(Verdict, DropReason), int> outcomes,
        List<CaseStep> done)
    {
        GeneratedWorld world = new(random);
        PacketGenerator generator = new(random);
        int pause = random.Next(packets);
        for (int i = 0; i < packets; i++)
        {
            if (i % PacketsPerChange == 0 && Do(new CaseChange(i == 0 ? world.FirstTables() : world.NextChange())) is { } change)
            {
                return change;
            }

            if (restarts && i % PacketsPerRestart == PacketsPerRestart / 2 && Do(new CaseRestart()) is { } restart)
            {
                return restart;
            }

            if (i == pause && Do(new CaseAge(Pause)) is { } age)
            {
                return age;
            }

            GeneratedPacket packet = Fitting(generator, engines.One, other);
            done.Add(new CasePacket(packet));
            if (engines.Do(done[^1], out EngineResult? result) is { } difference)
            {
                return difference;
            }

            outcomes[(result!.Verdict, result.Reason)] = outcomes.TryGetValue((result.Verdict, result.Reason), out int before) ? before + 1 : 1;
            generator.Learn(packet, result);
        }

        return engines.CompareState();

        string? Do(CaseStep step)
        {
            done.Add(step);
            return engines.Do(step, out _);
        }
    }

    private static GeneratedPacket Fitting(PacketGenerator generator, IEngineUnderTest one, IEngineUnderTest other)
    {
        while (true)
        {
            GeneratedPacket packet = generator.Next();
            ushort type = packet.Frame.Length < 14 ? (ushort)0 : (ushort)((packet.Frame[12] << 8) | packet.Frame[13]);
            if (packet.Frame.Length >= Math.Max(one.ShortestFrame(type), other.ShortestFrame(type)))
            {
                return packet;
            }
        }
    }
}
