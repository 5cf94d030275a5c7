using System.Collections.Immutable;
using System.Threading.Channels;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Forwarding.Tun.Packets;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.Interfaces;
using Orleans.Cn2.Netlink.NextHops;
using Orleans.Cn2.Netlink.Sources;
using InterfaceRole = Orleans.Cn2.Forwarding.Managed.Network.InterfaceRole;
using NodeRole = Orleans.Cn2.Netlink.Interfaces.InterfaceRole;

namespace Orleans.Cn2.Forwarding.Tun;

/// <summary>
/// Keeps packets coming as the node changes: follows interfaces, routes and next hops, tells the data plane of them, and puts right what others change.
/// </summary>
internal sealed class TunDriver : IAsyncDisposable
{
    private readonly NodeThread _thread = new();
    private readonly ManagedPlane _plane;
    private readonly TunOptions _options;
    private readonly HealthBook _health;
    private readonly Supervisor _supervisor;
    private readonly RtNetlink _kernel;
    private readonly InterfaceWatcher _watcher;
    private readonly NextHopResolver _resolver;
    private readonly RouteMonitor _routesChanged;
    private readonly PacketLoop _loop;
    private readonly CapturedNode _node;
    private NodeSnapshot? _routed;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private NodeSettings? _settings;
    private Task _running = Task.CompletedTask;

    /// <summary>Opens its sockets in the calling thread's network namespace, and clears what an earlier process left there.</summary>
    /// <exception cref="IOException">The kernel refuses.</exception>
    /// <exception cref="ForwardingUnavailableException">The eBPF engine serves this node.</exception>
    internal TunDriver(ManagedPlane plane, TunOptions options, HealthBook health, TimeProvider time)
    {
        (_plane, _options, _health) = (plane, options, health);
        _supervisor = new Supervisor(health, time);
        // Ours are no interfaces of others, whatever the patterns say.
        InterfacePatterns patterns = options.Interfaces with { Excluded = options.Interfaces.Excluded.Add(CapturedNode.NamePattern) };
        (_kernel, _watcher, _resolver, _routesChanged) = _thread.Run(() => (
            RtNetlink.Open(), InterfaceWatcher.Open(patterns), NextHopResolver.Open(_ => { }, Signal), RouteMonitor.Open(MonitorGroups.Routes | MonitorGroups.Addresses)));
        _loop = new PacketLoop(plane);
        _node = new CapturedNode(_kernel, _loop, health);
        _thread.Run(_node.ClearLeftovers);
    }

    internal void Start() => _running = Task.WhenAll(
        _supervisor.RunAsync("interfaces", FollowInterfacesAsync, _stop.Token),
        _supervisor.RunAsync("next hops", (alive, stop) => _resolver.RunAsync(alive, stop), _stop.Token),
        _supervisor.RunAsync("sources", FollowRoutesAsync, _stop.Token),
        _supervisor.RunAsync("node view", FollowSignalsAsync, _stop.Token),
        _supervisor.EveryAsync("repair", _options.RepairPeriod, () => _thread.Run(Repair), _stop.Token));

    /// <summary>Leads packets here from now on; what can't be set up now is tried again.</summary>
    internal void Configure(NodeSettings settings) => _thread.Run(() =>
    {
        _settings = settings;
        Keep(isRepair: false);
    });

    /// <summary>Has the data plane know the routing as it is now, where that is another than it knows.</summary>
    internal void Refresh() => _thread.Run(() =>
    {
        if (!ReferenceEquals(_resolver.Node, _routed))
        {
            Publish();
        }
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _thread.Run(_node.Dispose);
        _loop.Dispose();
        _thread.Dispose();
        _resolver.Dispose();
        _routesChanged.Dispose();
        _watcher.Dispose();
        _kernel.Dispose();
        _stop.Dispose();
    }

    private async Task FollowInterfacesAsync(Action alive, CancellationToken cancellation)
    {
        await foreach (InterfaceChange _ in _watcher.WatchAsync(cancellation))
        {
            _thread.Run(() => Keep(isRepair: false));
            alive();
        }
    }

    /// <summary>Routes tell which addresses are a pod's own.</summary>
    private async Task FollowRoutesAsync(Action alive, CancellationToken cancellation)
    {
        _thread.Run(Publish);
        alive();
        await foreach (IReadOnlyList<NetworkEvent> _ in _routesChanged.ReadAsync(cancellation))
        {
            _thread.Run(Publish);
            alive();
        }
    }

    private async Task FollowSignalsAsync(Action alive, CancellationToken cancellation)
    {
        // What was signalled when this failed is published now.
        _signal.Writer.TryWrite(true);
        await foreach (bool _ in _signal.Reader.ReadAllAsync(cancellation))
        {
            _thread.Run(Publish);
            alive();
        }
    }

    private void Signal() => _signal.Writer.TryWrite(true);

    private void Repair()
    {
        Keep(isRepair: true);
        _health.SetCondition("packets", _loop.TakeRefusal());
    }

    private void Keep(bool isRepair)
    {
        if (_settings is { } settings)
        {
            // The data plane knows an interface before the first packet comes from it.
            _node.Keep(settings, _watcher.Matching, Publish, isRepair);
        }
    }

    private void Publish()
    {
        ImmutableArray<NodeInterface> interfaces = _node.Interfaces;
        NodeSnapshot routed = _resolver.Node;
        HashSet<int> podSide = [.. _watcher.Matching.Where(one => one.Role == NodeRole.PodSide).Select(one => one.Index)];
        ImmutableDictionary<int, ImmutableArray<IpAddress>> sources = SourceRules.Of(
            interfaces,
            [.. _kernel.GetRoutes().Where(route => podSide.Contains(route.OutInterface))],
            _kernel.GetAddresses().Select(each => each.Address).ToHashSet(),
            []);
        ImmutableArray<PlaneInterface> planes =
        [
            .. interfaces.Select(one => new PlaneInterface(
                one.Index,
                one.Role == NodeRole.PodSide ? InterfaceRole.Pod : InterfaceRole.Uplink,
                CheckSource: sources.ContainsKey(one.Index),
                sources.GetValueOrDefault(one.Index, []))),
        ];
        _plane.Connect(new NodeNetwork(
            DeliveryMode.Fast,
            _node.NodeDevice,
            _node.NodeDevice == 0 ? planes : planes.Add(new PlaneInterface(_node.NodeDevice, InterfaceRole.Node, false, [])),
            new RoutedHops(routed, podSide))
        {
            IsRouted = true,
            HoldInterface = HeldFragments.Interface,
            Mtus = interfaces.ToImmutableDictionary(one => one.Index, one => (int)one.Link.Mtu).SetItem(_node.NodeDevice, (int)_node.NodeMtu),
        });
        _routed = routed;
    }
}
