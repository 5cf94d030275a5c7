using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Testing.Packets.Generation;

/// <summary>Finds, for each outcome that random packets meet, the shortest case that ends in it, and writes those that a folder hasn't got.</summary>
public static class CorpusWriter
{
    /// <summary>Frames that every engine can be given.</summary>
    private const int ShortestOfAll = 54;

    /// <returns>Names of the cases written.</returns>
    public static IReadOnlyList<string> Complete(string folder, IEngineUnderTest engine, int seed, int packets, DeliveryMode mode)
    {
        ArgumentNullException.ThrowIfNull(engine);
        Random random = new(seed);
        GeneratedWorld world = new(random);
        PacketGenerator generator = new(random);
        List<CaseStep> steps = [];
        List<string> written = [];
        engine.Reset(GeneratedWorld.Settings, GeneratedWorld.Network(mode));
        for (int i = 0; i < packets; i++)
        {
            if (i % 250 == 0)
            {
                steps.Add(new CaseChange(i == 0 ? world.FirstTables() : world.NextChange()));
                engine.Apply(((CaseChange)steps[^1]).Change);
            }

            GeneratedPacket packet = generator.Next();
            if (packet.Frame.Length < ShortestOfAll)
            {
                continue;
            }

            steps.Add(new CasePacket(packet));
            EngineResult result = engine.Run(packet.Hook, packet.Interface, packet.Frame);
            generator.Learn(packet, result);
            string name = NameOf(mode, result);
            string file = Path.Combine(folder, name + ".case");
            if (File.Exists(file))
            {
                continue;
            }

            PacketCase shortest = CaseShrinker.Shrink(new PacketCase(mode, Holds: true, [.. steps]), candidate => Last(engine, candidate) is { } last && NameOf(mode, last) == name);
            File.WriteAllText(file, CaseText.Write(shortest));
            written.Add(name);
            _ = Last(engine, new PacketCase(mode, Holds: true, [.. steps])); // The shrinker left the engine in another state.
        }

        return written;
    }

    private static string NameOf(DeliveryMode mode, EngineResult result) => $"{mode}-{result.Verdict}-{result.Reason}{(result.NewFlow ? "-new" : "")}".ToLowerInvariant();

    // What the last step comes to; null where that is no packet.
    private static EngineResult? Last(IEngineUnderTest engine, PacketCase steps)
    {
        EngineResult? last = null;
        engine.Reset(GeneratedWorld.Settings, GeneratedWorld.Network(steps.Mode, steps.Holds));
        foreach (CaseStep step in steps.Steps)
        {
            last = null;
            if (step is CaseChange change)
            {
                engine.Apply(change.Change);
            }
            else if (step is CasePacket { Packet: { } packet })
            {
                last = engine.Run(packet.Hook, packet.Interface, packet.Frame);
            }
        }

        return last;
    }
}
