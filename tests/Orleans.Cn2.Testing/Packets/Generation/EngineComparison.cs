using System.Collections.Immutable;
using System.Globalization;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Testing.Packets.Generation;

/// <summary>Two engines that do the same steps and must agree: on verdict, reason, path, target and every byte out; on tables, flows and counters.</summary>
public sealed class EngineComparison(IEngineUnderTest one, IEngineUnderTest other)
{
    private static readonly FlowFilter AnyFlow = new(default, default, default);

    private ImmutableArray<ReasonCount> _oneBefore = [];
    private ImmutableArray<ReasonCount> _otherBefore = [];

    public IEngineUnderTest One => one;

    /// <summary>Begins anew on an empty node.</summary>
    public void Reset(DeliveryMode mode, bool holds)
    {
        NodeNetwork network = GeneratedWorld.Network(mode, holds);
        one.Reset(GeneratedWorld.Settings, network);
        other.Reset(GeneratedWorld.Settings, network);
        (_oneBefore, _otherBefore) = (one.Forwarding.ReadReasons(), other.Forwarding.ReadReasons());
    }

    /// <summary>Runs work where both engines see their packets.</summary>
    public T Inside<T>(Func<T> work) => one.Inside(() => other.Inside(work));

    /// <summary>Both engines do a step. Null when they agree on it; else how they don't.</summary>
    public string? Do(CaseStep step, out EngineResult? result)
    {
        result = null;
        switch (step)
        {
            case CaseChange change:
                return Change(change.Change);
            case CaseRestart:
                one.RestartAsync().GetAwaiter().GetResult();
                other.RestartAsync().GetAwaiter().GetResult();
                return CompareState();
            case CaseAge age:
                one.Age(age.Span);
                other.Age(age.Span);
                return CompareState();
            case CasePacket { Packet: { } packet }:
                return Send(packet, out result);
            default:
                throw new ArgumentException($"unknown step {step}", nameof(step));
        }
    }

    /// <summary>Runs a whole case from an empty node. Null when the engines agree.</summary>
    public string? Run(PacketCase steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        Reset(steps.Mode, steps.Holds);
        foreach (CaseStep step in steps.Steps)
        {
            if (Do(step, out _) is { } difference)
            {
                return difference;
            }
        }

        return CompareState();
    }

    /// <summary>Null when flows and counters are the same.</summary>
    public string? CompareState() =>
        Compare("flows", Flows(one), Flows(other))
        ?? Compare("drops and rejects", Reasons(one, _oneBefore), Reasons(other, _otherBefore))
        ?? Compare("frontend counters", Frontends(one), Frontends(other))
        ?? Compare("tables", [one.Forwarding.ReadDigest(0).ToString()], [other.Forwarding.ReadDigest(0).ToString()]);

    private string? Change(TableChange change)
    {
        ImmutableArray<Rejection> left = one.Apply(change);
        ImmutableArray<Rejection> right = other.Apply(change);
        return left.Select(rejection => rejection.ServiceUid).SequenceEqual(right.Select(rejection => rejection.ServiceUid))
            ? null
            : $"refused by {one.Name}: [{string.Join(", ", left)}], by {other.Name}: [{string.Join(", ", right)}]";
    }

    private string? Send(in GeneratedPacket packet, out EngineResult? result)
    {
        result = one.Run(packet.Hook, packet.Interface, packet.Frame);
        EngineResult right = other.Run(packet.Hook, packet.Interface, packet.Frame);
        return Same(result, right) ? null : string.Create(CultureInfo.InvariantCulture, $"""
            {packet.Hook} of interface {packet.Interface}
            in   {PacketPrinter.Describe(packet.Frame)}
                 {PacketPrinter.Hex(packet.Frame)}
            {Describe(one, result)}
            {Describe(other, right)}
            """);
    }

    private string? Compare(string what, IEnumerable<string> left, IEnumerable<string> right)
    {
        HashSet<string> ours = [.. left];
        HashSet<string> theirs = [.. right];
        return ours.SetEquals(theirs) ? null : $"""
            other {what}
            {one.Name} alone: {string.Join("; ", ours.Except(theirs).Order())}
            {other.Name} alone: {string.Join("; ", theirs.Except(ours).Order())}
            """;
    }

    private static IEnumerable<string> Flows(IEngineUnderTest engine) =>
        engine.Forwarding.ReadFlows(AnyFlow, int.MaxValue).Select(flow => (flow with { Idle = TimeSpan.Zero }).ToString());

    private static IEnumerable<string> Reasons(IEngineUnderTest engine, ImmutableArray<ReasonCount> before) =>
        from now in engine.Forwarding.ReadReasons()
        let then = before.FirstOrDefault(count => count.Reason == now.Reason && count.Reject == now.Reject)
        where now.Packets != then.Packets
        select (now with { Packets = now.Packets - then.Packets, Bytes = now.Bytes - then.Bytes }).ToString();

    private static IEnumerable<string> Frontends(IEngineUnderTest engine) => engine.Forwarding.ReadFrontends().Select(count => count.ToString());

    private static bool Same(EngineResult left, EngineResult right) =>
        left.Verdict == right.Verdict && left.Reason == right.Reason && left.Path == right.Path && left.Target == right.Target
        && left.NewFlow == right.NewFlow && (left.Verdict == Verdict.Drop || left.Frame.AsSpan().SequenceEqual(right.Frame));

    private static string Describe(IEngineUnderTest engine, EngineResult result) => string.Create(CultureInfo.InvariantCulture, $"""
        {engine.Name}: {result.Verdict} {result.Reason} target {result.Target} path {result.Path}{(result.NewFlow ? " new" : "")}
             {PacketPrinter.Describe(result.Frame)}
             {PacketPrinter.Hex(result.Frame)}
        """);
}
