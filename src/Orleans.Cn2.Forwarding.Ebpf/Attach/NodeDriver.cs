using System.Collections.Immutable;
using System.Threading.Channels;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;
using Orleans.Cn2.Netlink.Interfaces;
using Orleans.Cn2.Netlink.NextHops;
using Orleans.Cn2.Forwarding.Ebpf.Node.ServicePair;
using Orleans.Cn2.Forwarding.Ebpf.SlowPath;
using Orleans.Cn2.Netlink.Sources;
using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Forwarding.Managed.Network;
using DeliveryMode = Orleans.Cn2.Forwarding.Managed.Network.DeliveryMode;
using InterfaceRole = Orleans.Cn2.Forwarding.Managed.Network.InterfaceRole;

namespace Orleans.Cn2.Forwarding.Ebpf.Attach;

/// <summary>
/// Keeps the data path on the node as the node changes: attaches to interfaces as they come, follows next hops, sets up the pair of the node's
/// own processes, decides the delivery mode, and puts right what others change. Each change becomes a new <see cref="NodeNetwork"/>.
/// </summary>
internal sealed partial class NodeDriver : IAsyncDisposable
{
    private const int DecideEveryRepairs = 15;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(5);

    private readonly NodeThread _thread = new();
    private readonly DataPath _path;
    private readonly HookSet _hooks;
    private readonly FragmentSlowPath _slowPath;
    private readonly EbpfOptions _options;
    private readonly HealthBook _health;
    private readonly Supervisor _supervisor;
    private readonly Action<NodeNetwork, HopMoves?> _changed;
    private readonly Predicate<IpAddress> _isUsed;
    private readonly RtNetlink _kernel;
    private readonly InterfaceWatcher _watcher;
    private readonly NextHopResolver _resolver;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<int, NodeInterface> _attached = [];
    private readonly RouteMonitor _routesChanged;
    private IReadOnlyList<Route> _routes = [];
    private ImmutableHashSet<IpAddress> _own = [];
    private ServicePairSpec? _pair;
    private Link? _near;
    private int _repairs;
    private Task _running = Task.CompletedTask;

    /// <summary>Opens its sockets in the calling thread's network namespace.</summary>
    /// <param name="path">The maps and programs.</param>
    /// <param name="pins">Where links are pinned.</param>
    /// <param name="options">Interfaces, attachment, mode, repair period.</param>
    /// <param name="health">Told of faults and repairs.</param>
    /// <param name="time">The clock of the periods.</param>
    /// <param name="isUsed">True for an address that paths lead to.</param>
    /// <param name="changed">Told of the node as it is, after each change, and of the addresses whose next hop may be another; null: any may be.</param>
    internal NodeDriver(
        DataPath path, PinDirectory? pins, EbpfOptions options, HealthBook health, TimeProvider time,
        Predicate<IpAddress> isUsed, Action<NodeNetwork, HopMoves?> changed)
    {
        (_path, _options, _health, _isUsed, _changed) = (path, options, health, isUsed, changed);
        _supervisor = new Supervisor(health, time);
        InterfacePatterns patterns = options.Interfaces ?? new InterfacePatterns();
        (_kernel, _watcher, _resolver, _routesChanged) = _thread.Run(() => (
            RtNetlink.Open(), InterfaceWatcher.Open(patterns), NextHopResolver.Open(OnHop, Signal), RouteMonitor.Open(MonitorGroups.Routes | MonitorGroups.Addresses)));
        _routed = _resolver.Node;
        _hooks = new HookSet(path, pins, options.Attach, _kernel);
        _slowPath = new FragmentSlowPath(path, _hooks, _kernel, health);
        Decision = new DeliveryDecision(Node.Delivery.DeliveryMode.Stack, ["not decided yet"]);
    }

    /// <summary>The delivery mode and why.</summary>
    internal DeliveryDecision Decision { get; private set; }

    /// <summary>What it means that fragments are held nowhere, and why they are not; null while they are.</summary>
    internal string? NoSlowPath => _slowPath.Refusal;

    /// <summary>Begins to follow the node; returns when the interfaces that are there are attached, or can't be for now.</summary>
    internal void Start()
    {
        _thread.Run(_slowPath.Ensure);
        _running = Task.WhenAll(
            _supervisor.RunAsync("interfaces", FollowInterfacesAsync, _stop.Token),
            _supervisor.RunAsync("next hops", FollowNextHopsAsync, _stop.Token),
            _supervisor.RunAsync("sources", FollowRoutesAsync, _stop.Token),
            _supervisor.RunAsync("node view", FollowSignalsAsync, _stop.Token),
            _supervisor.EveryAsync("repair", _options.RepairPeriod, () => _thread.Run(Repair), _stop.Token));
        _ = Task.WhenAny(_seen.Task, Task.Delay(StartPatience)).GetAwaiter().GetResult();
    }

    /// <summary>Sets up the pair of the node's own processes, and publishes it; what can't be set up now is tried again.</summary>
    internal void Configure(NodeSettings settings) => _thread.Run(() =>
    {
        _pair = settings.ServiceSubnets.IsEmpty
            ? null
            : new ServicePairSpec { ServiceSubnets = settings.ServiceSubnets, NodeAddresses = settings.NodeAddresses };
        KeepPair(isRepair: false);
        Publish();
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _thread.Run(() =>
        {
            _slowPath.Dispose();
            _hooks.Dispose();
        });
        _thread.Dispose();
        _resolver.Dispose();
        _routesChanged.Dispose();
        _watcher.Dispose();
        _kernel.Dispose();
        _stop.Dispose();
    }

    private async Task FollowInterfacesAsync(Action alive, CancellationToken cancellation)
    {
        await foreach (InterfaceChange change in _watcher.WatchAsync(cancellation))
        {
            _thread.Run(() =>
            {
                Apply(change);
                if (!_seen.Task.IsCompleted)
                {
                    AdoptPair();
                    _hooks.RemoveOthers();
                    _path.FinishUpgrade();
                    _seen.TrySetResult();
                    Signal();
                }
            });
            alive();
        }
    }

    private async Task FollowNextHopsAsync(Action alive, CancellationToken cancellation) => await _resolver.RunAsync(alive, cancellation);

    /// <summary>Routes tell which addresses are a pod's own.</summary>
    private async Task FollowRoutesAsync(Action alive, CancellationToken cancellation)
    {
        _thread.Run(ReadRoutes);
        alive();
        await foreach (IReadOnlyList<NetworkEvent> _ in _routesChanged.ReadAsync(cancellation))
        {
            _thread.Run(() =>
            {
                ReadRoutes();
                Publish();
            });
            alive();
        }
    }

    private async Task FollowSignalsAsync(Action alive, CancellationToken cancellation)
    {
        // What was signalled when this failed is published now.
        _signal.Writer.TryWrite(true);
        await foreach (bool _ in _signal.Reader.ReadAllAsync(cancellation))
        {
            _thread.Run(() =>
            {
                Reroute();
                Publish();
            });
            alive();
        }
    }

    /// <summary>The watcher's set is the truth; a change tells only what went in between.</summary>
    private void Apply(InterfaceChange change)
    {
        foreach (NodeInterface gone in change.Detached)
        {
            _hooks.Detach(gone.Index);
            _attached.Remove(gone.Index);
        }

        HashSet<int> present = [.. _watcher.Matching.Select(one => one.Index)];
        foreach (int gone in _attached.Keys.Where(index => !present.Contains(index)).ToArray())
        {
            _hooks.Detach(gone);
            _attached.Remove(gone);
        }

        foreach (NodeInterface one in _watcher.Matching)
        {
            _attached[one.Index] = one;
        }

        HashSet<int> podSide = [.. _attached.Values.Where(one => one.Role == Netlink.Interfaces.InterfaceRole.PodSide)
            .SelectMany(one => new[] { one.Index, one.Link.MasterIndex }).Where(index => index != 0)];
        _allMoved |= !_podSide.SetEquals(podSide);
        (_podSide, _isKnown) = (podSide, true);

        // Programs ask what an interface is, so that is said before they are attached.
        ReadRoutes();
        Reroute();
        Publish();
        KeepHooks();
        Decide();
        Publish();
    }

    private void Repair()
    {
        _slowPath.Ensure();
        KeepHooks();
        KeepPair(isRepair: true);
        if (++_repairs % DecideEveryRepairs == 0)
        {
            Decide();
            _allMoved = true;
        }

        Reroute();
        Publish();
    }

    private void Decide() => Decision = _options.Mode is { } mode
        ? new DeliveryDecision((Node.Delivery.DeliveryMode)mode, ["set by configuration"])
        : new DeliveryProbe(_kernel, _hooks.IsOwn).Probe(_attached.Values);

    private void KeepHooks()
    {
        List<string> refused = [];
        foreach (NodeInterface one in _attached.Values)
        {
            if (one.Layer == LinkLayer.Unknown)
            {
                refused.Add($"{one.Name} is not attached: the framing of hardware type {one.Link.HardwareType} is not known");
                continue;
            }

            try
            {
                Keep(one.Index, HookKind.Ingress, one.Layer);
                Keep(one.Index, HookKind.Egress, one.Layer);
            }
            catch (IOException refusal)
            {
                // An interface may go between its notification and now; its end is notified too. Any other refusal stays visible.
                refused.Add($"{one.Name} is not attached: {refusal.Message}");
            }
        }

        _health.SetCondition("attachment", refused.Count == 0 ? null : string.Join("; ", refused));
    }

    private void Keep(int index, HookKind kind, LinkLayer layer)
    {
        if (_hooks.Ensure(index, kind, layer) is { } wrong)
        {
            _health.Repair("attachment", wrong);
        }
    }

    /// <summary>A pair of an earlier process serves on before the settings have come.</summary>
    private void AdoptPair()
    {
        ServicePairSpec names = new();
        if (_near is null && _kernel.GetLink(names.NearName) is { Kind: "veth" } near && _kernel.GetLink(names.FarName) is { Kind: "veth" } far
            && near.PeerIndex == far.Index)
        {
            _near = near;
            Keep(far.Index, HookKind.Node, LinkLayer.Ethernet);
            Publish();
        }
    }

    private void KeepPair(bool isRepair)
    {
        if (_pair is null)
        {
            return;
        }

        try
        {
            ServicePairReport report = new NodeServicePair(_kernel, new Sysctl()).Apply(_pair);
            if (isRepair && !report.Steps.IsEmpty && _near is not null)
            {
                _health.Repair("service pair", string.Join(", ", report.Steps));
            }

            if (_near?.Index != report.Near.Index)
            {
                _near = report.Near;
                Publish();
            }

            Keep(report.Far.Index, HookKind.Node, LinkLayer.Ethernet);
            _health.SetCondition("service pair", report.Unserved.IsEmpty
                ? null
                : string.Join("; ", report.Unserved.Select(subnet => $"the node's own processes do not reach {subnet.Subnet}: {subnet.Reason}")));
        }
        catch (Exception refusal) when (refusal is IOException or InvalidOperationException)
        {
            _health.SetCondition("service pair", refusal.Message);
        }
    }

    private void ReadRoutes()
    {
        _routes = [.. _kernel.GetRoutes().Where(route => _attached.TryGetValue(route.OutInterface, out NodeInterface? one)
            && one.Role == Netlink.Interfaces.InterfaceRole.PodSide)];
        _own = [.. _kernel.GetAddresses().Select(each => each.Address)];
    }

    private void PublishOnce()
    {
        HopSnapshot hops = _board.Take();
        ImmutableDictionary<int, ImmutableArray<IpAddress>> sources = SourceRules.Of(_attached.Values, _routes, _own, hops.Local);
        NodeNetwork network = new(
            Decision.Mode == Node.Delivery.DeliveryMode.Fast ? DeliveryMode.Fast : DeliveryMode.Stack,
            _near?.Index ?? 0,
            [.. _attached.Values.Select(one => new PlaneInterface(
                one.Index,
                one.Role == Netlink.Interfaces.InterfaceRole.PodSide ? InterfaceRole.Pod : InterfaceRole.Uplink,
                CheckSource: sources.ContainsKey(one.Index),
                sources.GetValueOrDefault(one.Index, [])))],
            _isKnown ? new NodeHops(_routed, _podSide, hops.Hops, OnMissed) : KnownHops.None)
        {
            HoldInterface = _slowPath.Interface,
        };
        try
        {
            // Paths that were taken over forward on by what they have: what takes the time comes when the start has ended, and the worker goes on meanwhile.
            bool isAll = _allMoved && _isKnown && _seen.Task.IsCompleted;
            _changed(network, isAll ? null : new HopMoves(hops.Moved, _before, _routed));
            _allMoved &= !isAll;
            _before = null;
        }
        catch
        {
            _board.GiveBack(hops);
            throw;
        }
    }
}
