using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Managed.Decision;
using Orleans.Cn2.Forwarding.Managed.Explaining;
using Orleans.Cn2.Forwarding.Managed.Flows;
using Orleans.Cn2.Forwarding.Managed.Fragments;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Forwarding.Managed.Tables;

namespace Orleans.Cn2.Forwarding.Managed;

/// <summary>
/// The data path of docs/datapath.md on packets in memory. Packets come in batches; a batch, a change or a step of expiry has the state for itself, so
/// when a change returns, every later packet is handled by the new tables. The services are an immutable snapshot: reading them waits for nobody.
/// </summary>
public sealed class ManagedPlane : IForwardingPlane
{
    private const int ExpirySlice = 4096;
    private static readonly TimeSpan ExpiryPeriod = TimeSpan.FromSeconds(1);

    private readonly Lock _turn = new();
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly PlaneState _state;
    private readonly LookAhead _ahead = new();
    private readonly TableWriter _writer;
    private readonly FlowExpiry _expiry;
    private readonly ITimer _timer;

    /// <param name="options">Sizes and limits.</param>
    /// <param name="time">The clock of stamps and expiry.</param>
    public ManagedPlane(ManagedOptions? options = null, TimeProvider? time = null)
    {
        options ??= new ManagedOptions();
        _time = time ?? TimeProvider.System;
        _start = _time.GetTimestamp();
        _state = new PlaneState(options, HashSeed.Random());
        _writer = new TableWriter(_state.Paths, _state.Frontends, HopOf);
        _expiry = new FlowExpiry(_state, options.Limits);
        _timer = _time.CreateTimer(_ => ExpireFlows(), null, ExpiryPeriod, ExpiryPeriod);
    }

    /// <inheritdoc/>
    public string Engine => "managed";

    /// <inheritdoc/>
    public void Configure(NodeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        NodeRules rules = new(settings);
        lock (_turn)
        {
            _state.Rules = rules;
            _state.Paths.Route(HopOf);
        }
    }

    /// <summary>Sets or replaces what the node looks like: interfaces, next hops, delivery mode of new flows.</summary>
    public void Connect(NodeNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        SourceTable interfaces = new(network);
        lock (_turn)
        {
            _state.Network = network;
            _state.Interfaces = interfaces;
            _state.Paths.Route(HopOf);
        }
    }

    /// <inheritdoc/>
    public ImmutableArray<Rejection> Apply(TableChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        lock (_turn)
        {
            (_state.Services, ImmutableArray<Rejection> rejections) = _writer.Apply(_state.Services, change);
            return rejections;
        }
    }

    /// <summary>Decides a batch of packets in place, in order. Allocates nothing but when a flow table grows.</summary>
    /// <exception cref="ArgumentException">A buffer is smaller than its frame or <see cref="PacketWork.MinimumBuffer"/>; no packet was touched.</exception>
    public void Process(Span<PacketWork> batch)
    {
        foreach (ref readonly PacketWork work in batch)
        {
            if (work.Buffer is null || work.Buffer.Length < PacketWork.MinimumBuffer || (uint)work.Length > (uint)work.Buffer.Length)
            {
                throw new ArgumentException(
                    $"a buffer of {work.Buffer?.Length ?? 0} bytes for a frame of {work.Length}; at least {PacketWork.MinimumBuffer} are needed", nameof(batch));
            }
        }

        lock (_turn)
        {
            _state.Now = Now();
            _ahead.Run(_state, batch);
        }
    }

    /// <summary>Walks all flows once and ends the idle ones; packets go on between slices. A timer does this each second.</summary>
    public void ExpireFlows()
    {
        bool done;
        do
        {
            lock (_turn)
            {
                _state.Now = Now();
                done = _expiry.Step(ExpirySlice);
            }
        }
        while (!done);
    }

    /// <summary>True while the datagram of a fragment is known, so that it would not be held.</summary>
    public bool IsKnown(FragmentId fragment)
    {
        lock (_turn)
        {
            _state.Now = Now();
            DatagramKey key = new(
                MappedAddress.Of(fragment.Source), MappedAddress.Of(fragment.Destination), fragment.Id, fragment.Protocol, false);
            return _state.Datagrams.Find(key, _state.Now) is not null;
        }
    }

    /// <summary>The path behind a <see cref="PacketWork.PathMark"/>, or null where it is 0.</summary>
    public EcmpPath? PathOf(int mark)
    {
        lock (_turn)
        {
            return mark == 0 ? null : _state.Paths[mark - 1].Path;
        }
    }

    /// <inheritdoc/>
    public TableDigest ReadDigest(int shard)
    {
        lock (_turn)
        {
            return TableDigest.Of(_state.Services.Services.Values.Where(held => held.Shard == shard).Select(Read));
        }
    }

    /// <inheritdoc/>
    public IEnumerable<(int Shard, ServiceTable Table)> ReadTables()
    {
        lock (_turn)
        {
            return [.. _state.Services.Services.Values.Select(held => (held.Shard, Read(held)))];
        }
    }

    /// <inheritdoc/>
    public ImmutableArray<ReasonCount> ReadReasons()
    {
        lock (_turn)
        {
            return _state.Reasons.Read();
        }
    }

    /// <inheritdoc/>
    public ImmutableArray<FrontendCount> ReadFrontends()
    {
        lock (_turn)
        {
            return _state.Frontends.Read();
        }
    }

    /// <inheritdoc/>
    public IEnumerable<FlowRow> ReadFlows(FlowFilter filter, int limit)
    {
        ArgumentNullException.ThrowIfNull(filter);
        lock (_turn)
        {
            _state.Now = Now();
            return FlowReader.Read(_state, filter, limit);
        }
    }

    /// <inheritdoc/>
    public EngineStatus ReadStatus()
    {
        lock (_turn)
        {
            return new EngineStatus(
                _state.Network.Mode == DeliveryMode.Fast ? "fast" : "stack",
                [],
                _state.Services.Services.Count,
                _state.Paths.Count,
                _writer.Slots,
                Array.MaxLength,
                _state.Flows.Count / 2,
                _state.Flows.Capacity / 2,
                _state.Embryonic.Count / 2,
                [.. _state.Network.Interfaces.Select(each => $"{each.Index} ({each.Role})")]);
        }
    }

    /// <inheritdoc/>
    public Explanation Explain(PacketTuple packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        lock (_turn)
        {
            _state.Now = Now();
            return Explainer.Explain(_state, packet);
        }
    }

    /// <summary>
    /// Takes over that session affinity led the client of a packet to a path, as another engine remembers it. Nothing happens where no frontend with
    /// affinity has that path.
    /// </summary>
    public void Bind(PacketTuple packet, EcmpPath path)
    {
        ArgumentNullException.ThrowIfNull(packet);
        lock (_turn)
        {
            FrontendKey key = new(MappedAddress.Of(packet.Destination), packet.DestinationPort, (byte)packet.Protocol);
            if (!_state.Services.Frontends.TryGetValue(key, out FrontendEntry? frontend) || frontend.AffinityGeneration == 0)
            {
                return;
            }

            MappedAddress client = _state.Affinity.ClientOf(MappedAddress.Of(packet.Source), packet.Source.Family == IpFamily.IPv6);
            foreach (int id in frontend.PathIds.Where(id => PathOrder.Compare(_state.Paths[id].Path, path) == 0))
            {
                _state.Affinity.Bind(client, frontend, id, _state.Paths[id].Epoch, Now());
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private ServiceTable Read(HeldService held) => held.Table with
    {
        Frontends = [.. held.Frontends.Select(entry => entry.Frontend with { Paths = _state.Paths.Read(entry.PathIds) })],
    };

    private NextHop HopOf(EcmpPath path) =>
        _state.Rules.NodeAddresses.Contains(path.Address) ? new NextHop(HopKind.Host, 0, default)
        : _state.Network.Hops.TryFind(path.Address, out NextHop hop) ? hop : default;

    private long Now() => _time.GetElapsedTime(_start).Ticks * TimeSpan.NanosecondsPerTick;
}
