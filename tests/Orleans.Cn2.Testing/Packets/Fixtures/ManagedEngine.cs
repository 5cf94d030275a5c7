using System.Collections.Immutable;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets.Generation;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>The managed engine under test. Tests that reach for the plane itself find it at <see cref="Plane"/>.</summary>
public sealed class ManagedEngine : IEngineUnderTest
{
    private readonly ManagedOptions _options;
    private readonly TimeProvider _time;

    /// <param name="options">Of the plane.</param>
    /// <param name="time">Its clock; without one it stands still but for <see cref="Age"/>.</param>
    public ManagedEngine(ManagedOptions? options = null, TimeProvider? time = null)
    {
        (_options, _time) = ((options ?? new ManagedOptions()) with { Fragments = FixtureWorld.Fragments }, time ?? new StoppedClock());
        Plane = new ManagedPlane(_options, _time);
    }

    /// <summary>The plane since the last reset.</summary>
    public ManagedPlane Plane { get; private set; }

    public IForwardingPlane Forwarding => Plane;

    public string Name => Plane.Engine;

    public int ShortestFrame(ushort etherType) => 0;

    public void Reset(NodeSettings settings, NodeNetwork network)
    {
        Plane = new ManagedPlane(_options, _time);
        Plane.Configure(settings);
        Plane.Connect(network);
    }

    public void Age(TimeSpan span)
    {
        (_time as StoppedClock ?? throw new InvalidOperationException("the clock is the test's own")).Advance(span);
        Plane.ExpireFlows();
    }

    /// <summary>Nothing outlives this engine, so it goes on: what another one must be like after a restart.</summary>
    public Task RestartAsync() => Task.CompletedTask;

    public T Inside<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return work();
    }

    public ImmutableArray<Rejection> Apply(TableChange change) => Plane.Apply(change);

    public EngineResult Run(PacketHook hook, int interfaceIndex, ReadOnlySpan<byte> frame) => RunBehind(0, hook, interfaceIndex, frame);

    /// <summary>Like <see cref="Run"/> with given bytes behind the frame in its buffer.</summary>
    public EngineResult RunBehind(byte filler, PacketHook hook, int interfaceIndex, ReadOnlySpan<byte> frame)
    {
        PacketWork work = new()
        {
            Buffer = new byte[Math.Max(frame.Length, PacketWork.MinimumBuffer)],
            Length = frame.Length,
            Hook = hook,
            Interface = interfaceIndex,
        };
        work.Buffer.AsSpan().Fill(filler);
        frame.CopyTo(work.Buffer);
        Plane.Process(new Span<PacketWork>(ref work));
        PathSeen path = Plane.PathOf(work.PathMark) is { } chosen ? Seen(chosen) : default;
        return new EngineResult(
            work.Verdict, work.Reason, path, work.Target, work.NewFlow, work.Verdict == Verdict.Drop ? [] : work.Frame.ToArray());
    }

    public ValueTask DisposeAsync() => Plane.DisposeAsync();

    private static PathSeen Seen(in EcmpPath path) => new(path.Address, path.Port, path.VmiId);
}
