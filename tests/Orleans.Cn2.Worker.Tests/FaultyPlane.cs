using System.Collections.Immutable;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed;

namespace Orleans.Cn2.Worker.Tests;

/// <summary>A managed plane whose figures can be made to fail, and which notes what it is asked.</summary>
internal sealed class FaultyPlane : IForwardingPlane
{
    private readonly ManagedPlane _inner = new();

    public bool Fails { get; set; }

    /// <summary>Filters of the flows asked for.</summary>
    public List<FlowFilter> Asked { get; } = [];

    public string Engine => _inner.Engine;

    public void Configure(NodeSettings settings) => _inner.Configure(settings);

    public ImmutableArray<Rejection> Apply(TableChange change) => _inner.Apply(change);

    public TableDigest ReadDigest(int shard) => _inner.ReadDigest(shard);

    public IEnumerable<(int Shard, ServiceTable Table)> ReadTables() => _inner.ReadTables();

    public ImmutableArray<ReasonCount> ReadReasons() => _inner.ReadReasons();

    public ImmutableArray<FrontendCount> ReadFrontends() => _inner.ReadFrontends();

    public IEnumerable<FlowRow> ReadFlows(FlowFilter filter, int limit)
    {
        Asked.Add(filter);
        return _inner.ReadFlows(filter, limit);
    }

    public EngineStatus ReadStatus() => Fails ? throw new IOException("injected") : _inner.ReadStatus();

    public Explanation Explain(PacketTuple packet) => _inner.Explain(packet);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
