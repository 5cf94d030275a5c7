using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Forwarding.Ebpf.Flows;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Forwarding.Ebpf.Tables;
using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf;

/// <summary>
/// The data path of docs/datapath.md in the kernel. Tables are written while packets read them; with a pin root, maps and flows outlive the
/// plane and the next one of the same node takes them over.
/// </summary>
public sealed partial class EbpfPlane : IForwardingPlane
{
    private readonly Lock _turn = new();
    private readonly Lock _applying = new();
    private readonly EbpfOptions _options;
    private readonly PinDirectory? _pins;
    private readonly TableMaps _maps;
    private readonly TableWriter _writer;
    private readonly TableReader _reader;
    private readonly SettingsWriter _settingsWriter;
    private readonly FlowExpiry _expiry;
    private readonly CancellationTokenSource _stop = new();
    private readonly HealthBook _health;
    private readonly TimeProvider _time;
    private readonly Task _running;
    private readonly NodeDriver? _driver;
    private NodeSettings? _settings;
    private NodeSettings? _routedBy;
    private int _without;
    private NodeNetwork _network = NodeNetwork.Empty;

    private EbpfPlane(EbpfOptions options, PinDirectory? pins, DataPath path, HealthBook health, TimeProvider time)
    {
        (_options, _pins, Path, _health, _time) = (options, pins, path, health, time);
        Boot = pins?.RaiseBoot() ?? 0;
        _maps = new TableMaps(path);
        _writer = new TableWriter(_maps, HopOf);
        _reader = new TableReader(_maps, _writer.Paths, _writer.Slots);
        _settingsWriter = new SettingsWriter(path, options);
        Interfaces = new InterfaceBook(path);
        Counters = new Counters(path);
        _expiry = new FlowExpiry(path, _maps, options.Limits);
        if (path.IsAdopted)
        {
            _writer.Paths.IsAdopting = true;
            _writer.Adopt(_reader.ReadRows());
        }

        if (options.Interfaces is not null)
        {
            _driver = new NodeDriver(path, pins, options, health, time, IsUsed, Connect);
        }
        else
        {
            path.FinishUpgrade();
        }

        Supervisor supervisor = new(health, time);
        _running = Task.WhenAll(
            supervisor.EveryAsync("expiry", options.ExpiryPeriod, ExpireAtLeisure, _stop.Token),
            supervisor.EveryAsync("maps", options.RepairPeriod, RepairMaps, _stop.Token));
    }

    /// <inheritdoc/>
    public string Engine => "ebpf";

    /// <summary>How many planes were opened on this node's pins, this one included; 0 without a pin root.</summary>
    public ulong Boot { get; }

    /// <summary>The maps and programs.</summary>
    internal DataPath Path { get; }

    internal InterfaceBook Interfaces { get; }

    internal Counters Counters { get; }

    /// <summary>Loads the programs, and adopts what is pinned.</summary>
    /// <param name="options">How; null: the defaults.</param>
    /// <param name="health">Told of faults of background work, and of what it put right; null: nobody asks.</param>
    /// <param name="time">The clock of the periods.</param>
    /// <exception cref="ForwardingUnavailableException">This kernel or these privileges do not suffice.</exception>
    public static EbpfPlane Open(EbpfOptions? options = null, HealthBook? health = null, TimeProvider? time = null)
    {
        options ??= new EbpfOptions();
        options = options with { Attach = KernelProbe.Require(options.Attach) };
        PinDirectory? pins = options.PinRoot is { } root ? PinDirectory.Open(root, options.Node, options.Layout, MapSpecs.Of(options.Capacity)) : null;
        try
        {
            EbpfPlane plane = new(options, pins, DataPath.Load(options.Capacity, pins, options.Converters), health ?? new HealthBook(), time ?? TimeProvider.System);
            plane._driver?.Start();
            return plane;
        }
        catch
        {
            pins?.Abandon();
            pins?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Configure(NodeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        lock (_turn)
        {
            _settings = settings;
        }

        // The driver connects with the pair of the node's own processes. Settings without it, be it for a moment after a restart, would cost the answers
        // to these.
        if (_driver is null)
        {
            Connect(_network);
        }
        else
        {
            _driver.Configure(settings);
        }
    }

    /// <summary>Sets or replaces what the node looks like: interfaces, next hops, delivery mode of new flows.</summary>
    public void Connect(NodeNetwork network) => Connect(network, moves: null);

    /// <summary>Sets or replaces what the node looks like.</summary>
    /// <param name="network">As it looks.</param>
    /// <param name="moves">The addresses whose next hop may be another than in the network before; null: any may be.</param>
    private void Connect(NodeNetwork network, HopMoves? moves)
    {
        ArgumentNullException.ThrowIfNull(network);
        lock (_turn)
        {
            bool all = moves is null || _without > 0 || !ReferenceEquals(_routedBy, _settings);
            _network = network;
            Interfaces.Set(network.Interfaces);
            _health.SetCondition("source checks", Interfaces.Unchecked == 0
                ? null
                : $"map sources is full: {Interfaces.Unchecked} pod interfaces may send from any address");
            if (_settings is not null)
            {
                _settingsWriter.Write(_settings, _network);
            }

            Route(all ? null : moves!.Of(_writer.Hops.Addresses));
            _routedBy = _settings;
        }
    }

    /// <inheritdoc/>
    public ImmutableArray<Rejection> Apply(TableChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        lock (_applying)
        {
            // Next hops come before paths: a packet that meets a path without one is dropped, and TCP waits a second before it tries again.
            FollowHops(change.Upserts.SelectMany(service => service.Frontends).SelectMany(frontend => frontend.Paths).Select(path => path.Address));
            lock (_turn)
            {
                return _writer.Apply(change);
            }
        }
    }

    /// <inheritdoc/>
    public TableDigest ReadDigest(int shard)
    {
        lock (_turn)
        {
            return _reader.ReadDigest(shard, _writer.Services);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<(int Shard, ServiceTable Table)> ReadTables()
    {
        lock (_turn)
        {
            return [.. _reader.ReadRows().Select(service => (service.Shard, _reader.ToTable(service)))];
        }
    }

    /// <inheritdoc/>
    public IEnumerable<(int Shard, Guid Uid, TableDigest Digest)> ReadServiceDigests()
    {
        lock (_turn)
        {
            return [.. _writer.Services.Select(service => (
                service.Shard,
                service.Uid,
                service.Frontends.Aggregate(default(TableDigest), (sum, each) => sum + _reader.DigestOf(each.Key, each.Index, each.Paths))))];
        }
    }

    /// <inheritdoc/>
    public ImmutableArray<ReasonCount> ReadReasons() => Counters.ReadReasons();

    /// <inheritdoc/>
    public ImmutableArray<FrontendCount> ReadFrontends()
    {
        lock (_turn)
        {
            return [.. _writer.Services.SelectMany(service => service.Frontends).Select(frontend =>
            {
                ServiceCountRow count = Counters.ReadService(frontend.Index);
                return new FrontendCount(_maps.Frontends[frontend.Index].Id, count.Packets, count.Bytes, count.Flows);
            })];
        }
    }

    /// <inheritdoc/>
    public IEnumerable<FlowRow> ReadFlows(FlowFilter filter, int limit)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return new FlowReader(Path).Read(filter, limit);
    }

    /// <inheritdoc/>
    public EngineStatus ReadStatus()
    {
        lock (_turn)
        {
            return new EngineStatus(
                _network.Mode == DeliveryMode.Fast ? "fast" : "stack",
                [.. FullFlows(), .. _driver?.Decision.Reasons ?? [], .. _driver?.NoSlowPath is { } refusal ? [refusal] : (string[])[]],
                _writer.Services.Count,
                _writer.Paths.Used,
                _writer.Slots.Used,
                _writer.Slots.Capacity,
                _expiry.Established / 2,
                Path["flows"].Spec.Capacity / 2,
                _expiry.Embryonic / 2,
                [.. Interfaces.Held.Select(each => $"{each.Index} ({each.Role})")]);
        }
    }

    /// <inheritdoc/>
    public Explanation Explain(PacketTuple packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        lock (_turn)
        {
            return new Explainer(Path, _options.AffinityPrefix, _settings ?? new NodeSettings([], [], [], 0), _network).Explain(packet, [.. _reader.ReadRows().Select(service => (service.Shard, _reader.ToTable(service)))]);
        }
    }

    /// <summary>The path of an id, as a test run leaves it in cb.</summary>
    internal EcmpPath ReadPath(uint id) => _writer.Paths.Read(id);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        if (_driver is not null)
        {
            await _driver.DisposeAsync();
        }

        _expiry.Dispose();
        _settingsWriter.Dispose();
        _maps.Dispose();
        Path.Dispose();
        _pins?.Dispose();
        _stop.Dispose();
    }

    private IEnumerable<string> FullFlows()
    {
        _ = Path["switches"].TryGet(1u, out ulong until);
        if (LinuxCalls.CoarseNanoseconds() < until)
        {
            yield return $"the table of established flows is full: new flows are refused";
        }
    }

    /// <summary>Leads the paths to these addresses where they are now; null: to all.</summary>
    private void Route(IEnumerable<IpAddress>? addresses)
    {
        _without = addresses?.Count(address => !_writer.Hops.Route(address)) ?? _writer.Hops.RouteAll();
        if (_without > 0)
        {
            _writer.Settle();
            _without = _writer.Hops.RouteAll();
        }

        _health.SetCondition("next hop map", _without == 0 ? null : $"map hops is full: {_without} addresses keep their former next hop, or have none");
    }

    /// <summary>Has the driver know the next hops of paths to come.</summary>
    private void FollowHops(IEnumerable<IpAddress> addresses)
    {
        if (_driver is null)
        {
            return;
        }

        HashSet<IpAddress> fresh = [.. addresses];
        lock (_turn)
        {
            fresh.RemoveWhere(_writer.Hops.Has);
        }

        if (fresh.Count > 0)
        {
            // Outside the turn: the driver publishes what it finds by Connect, from its own thread, before it returns.
            _driver.Follow(fresh);
        }
    }

    private bool IsUsed(IpAddress address)
    {
        lock (_turn)
        {
            return _writer.Hops.Has(address);
        }
    }

    private NextHop? HopOf(IpAddress address) =>
        _settings?.NodeAddresses.Contains(address) == true ? new NextHop(HopKind.Host, 0, default)
        : _network.Hops.TryFind(address, out NextHop hop) ? hop
        : null;
}
