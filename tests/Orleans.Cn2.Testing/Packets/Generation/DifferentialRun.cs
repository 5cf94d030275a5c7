using System.Collections.Immutable;
using System.Globalization;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Testing.Packets.Generation;

/// <summary>
/// Random packets and table changes through two engines that must agree on verdict, reason, path, target and every byte out. The engines must not limit
/// rejects: their clocks differ.
/// </summary>
public static class DifferentialRun
{
    private const int PacketsPerChange = 250;

    /// <summary>Null when the engines agreed on all packets; else the first packet on which they didn't, with its seed.</summary>
    /// <param name="outcomes">Counts what came out, so that a test can see that it met all there is.</param>
    public static string? Run(
        IEngineUnderTest one, IEngineUnderTest other, int seed, int packets, DeliveryMode mode, IDictionary<(Verdict, DropReason), int> outcomes)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(outcomes);
        Random random = new(seed);
        GeneratedWorld world = new(random);
        PacketGenerator generator = new(random);
        NodeNetwork network = GeneratedWorld.Network(mode, holds: seed % 4 < 2);
        one.Reset(GeneratedWorld.Settings, network);
        other.Reset(GeneratedWorld.Settings, network);
        for (int i = 0; i < packets; i++)
        {
            if (i % PacketsPerChange == 0 && Change(one, other, i == 0 ? world.FirstTables() : world.NextChange()) is { } refused)
            {
                return string.Create(CultureInfo.InvariantCulture, $"seed {seed}, mode {mode}, change before packet {i}: {refused}");
            }

            GeneratedPacket packet = Fitting(generator, one, other);
            EngineResult left = one.Run(packet.Hook, packet.Interface, packet.Frame);
            EngineResult right = other.Run(packet.Hook, packet.Interface, packet.Frame);
            if (!Same(left, right))
            {
                return string.Create(CultureInfo.InvariantCulture, $"""
                    seed {seed}, mode {mode}, packet {i}, {packet.Hook} of interface {packet.Interface}
                    in   {PacketPrinter.Describe(packet.Frame)}
                         {PacketPrinter.Hex(packet.Frame)}
                    {Describe(one, left)}
                    {Describe(other, right)}
                    """);
            }

            outcomes[(left.Verdict, left.Reason)] = outcomes.TryGetValue((left.Verdict, left.Reason), out int before) ? before + 1 : 1;
            generator.Learn(packet, left);
        }

        return null;
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

    private static string? Change(IEngineUnderTest one, IEngineUnderTest other, TableChange change)
    {
        ImmutableArray<Rejection> left = one.Apply(change);
        ImmutableArray<Rejection> right = other.Apply(change);
        return left.IsEmpty && right.IsEmpty ? null : $"refused by {one.Name}: [{string.Join(", ", left)}], by {other.Name}: [{string.Join(", ", right)}]";
    }

    private static bool Same(EngineResult left, EngineResult right) =>
        left.Verdict == right.Verdict && left.Reason == right.Reason && left.Path == right.Path && left.Target == right.Target
        && left.NewFlow == right.NewFlow && (left.Verdict == Verdict.Drop || left.Frame.AsSpan().SequenceEqual(right.Frame));

    private static string Describe(IEngineUnderTest engine, EngineResult result) => string.Create(CultureInfo.InvariantCulture, $"""
        {engine.Name}: {result.Verdict} {result.Reason} target {result.Target} path {result.Path}{(result.NewFlow ? " new" : "")}
             {PacketPrinter.Describe(result.Frame)}
             {PacketPrinter.Hex(result.Frame)}
        """);
}
