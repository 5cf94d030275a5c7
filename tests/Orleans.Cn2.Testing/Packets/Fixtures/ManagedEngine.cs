using System.Collections.Immutable;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>The managed engine under test. Tests that reach for the plane itself find it at <see cref="Plane"/>.</summary>
public sealed class ManagedEngine(ManagedOptions? options = null, TimeProvider? time = null) : IEngineUnderTest
{
    private readonly ManagedOptions _options = (options ?? new ManagedOptions()) with { Fragments = FixtureWorld.Fragments };

    /// <summary>The plane since the last reset.</summary>
    public ManagedPlane Plane { get; private set; } = new(options, time);

    public string Name => Plane.Engine;

    public int ShortestFrame(ushort etherType) => 0;

    public void Reset(NodeSettings settings, NodeNetwork network)
    {
        Plane = new ManagedPlane(_options, time);
        Plane.Configure(settings);
        Plane.Connect(network);
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
