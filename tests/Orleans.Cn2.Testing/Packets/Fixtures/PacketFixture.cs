using System.Collections.Immutable;
using System.Globalization;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>One rule of docs/datapath.md as packets: what goes in, what must come out.</summary>
public sealed record PacketFixture(string Name, IpFamily Family, DeliveryMode Mode, ImmutableArray<FixtureStep> Steps)
{
    public override string ToString() => $"{Name} ({Family}, {Mode})";

    /// <summary>Runs it on a fresh engine. Null when all came out as written; else what didn't.</summary>
    public string? Run(IEngineUnderTest engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        FixtureWorld world = new(Family);
        engine.Reset(FixtureWorld.Settings, world.Network(Mode));
        if (!engine.Apply(world.Tables).IsEmpty)
        {
            return $"{this}: the tables were refused";
        }

        for (int i = 0; i < Steps.Length; i++)
        {
            if (Steps[i].Run(engine) is { } failure)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{this}, step {i + 1}, engine {engine.Name}: {failure}");
            }
        }

        return null;
    }
}

/// <summary>A step of a fixture.</summary>
public abstract record FixtureStep
{
    public abstract string? Run(IEngineUnderTest engine);
}

/// <summary>The tables change.</summary>
public sealed record ChangeStep(TableChange Change) : FixtureStep
{
    public override string? Run(IEngineUnderTest engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ImmutableArray<Rejection> refused = engine.Apply(Change);
        return refused.IsEmpty ? null : $"refused: {string.Join(", ", refused)}";
    }
}

/// <summary>Time passes.</summary>
public sealed record AgeStep(TimeSpan Span) : FixtureStep
{
    public override string? Run(IEngineUnderTest engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        engine.Age(Span);
        return null;
    }
}

/// <summary>A packet is seen at a hook.</summary>
/// <param name="Out">The frame that must come out; null: the frame that went in, untouched (not looked at for a drop).</param>
public sealed record SendStep(
    PacketHook Hook, int Interface, PacketSpec In, Verdict Verdict, DropReason Reason, int Target, bool NewFlow, PacketSpec? Out) : FixtureStep
{
    public override string? Run(IEngineUnderTest engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        byte[] frame = In.Build();
        if (frame.Length < engine.ShortestFrame((ushort)((frame[12] << 8) | frame[13])))
        {
            return null;
        }

        EngineResult result = engine.Run(Hook, Interface, frame);
        byte[] expected = Verdict == Verdict.Drop ? [] : Out?.Build() ?? frame;
        bool same = result.Verdict == Verdict && result.Reason == Reason && result.Target == Target && result.NewFlow == NewFlow
            && (Verdict == Verdict.Drop || result.Frame.AsSpan().SequenceEqual(expected));
        return same ? null : $"""
            in       {PacketPrinter.Describe(frame)}
            expected {Verdict} {Reason} target {Target} {(NewFlow ? "new" : "")}
                     {PacketPrinter.Describe(expected)}
                     {PacketPrinter.Hex(expected)}
            got      {result.Verdict} {result.Reason} target {result.Target} {(result.NewFlow ? "new" : "")}
                     {PacketPrinter.Describe(result.Frame)}
                     {PacketPrinter.Hex(result.Frame)}
            """;
    }
}
