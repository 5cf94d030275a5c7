using System.Collections.Immutable;
using System.Threading.Channels;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Forwarding.Ebpf.Netlink;
using Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;
using Orleans.Cn2.Forwarding.Ebpf.Node.Interfaces;
using Orleans.Cn2.Forwarding.Ebpf.Node.NextHops;
using Orleans.Cn2.Forwarding.Ebpf.Node.ServicePair;
using Orleans.Cn2.Forwarding.Managed.Network;
using DeliveryMode = Orleans.Cn2.Forwarding.Managed.Network.DeliveryMode;
using HopKind = Orleans.Cn2.Forwarding.Managed.Network.HopKind;
using InterfaceRole = Orleans.Cn2.Forwarding.Managed.Network.InterfaceRole;
using NextHop = Orleans.Cn2.Forwarding.Ebpf.Node.NextHops.NextHop;
using PlaneHop = Orleans.Cn2.Forwarding.Managed.Network.NextHop;

namespace Orleans.Cn2.Forwarding.Ebpf.Attach;

/// <summary>
/// Keeps the data path on the node as the node changes: attaches to interfaces as they come, follows next hops, sets up the pair of the node's
/// own processes, decides the delivery mode. Each change becomes a new <see cref="NodeNetwork"/>.
/// </summary>
internal sealed class NodeDriver : IAsyncDisposable
{
    private const int NeighbourPatience = 100;

    private readonly NodeThread _thread = new();
    private readonly HookSet _hooks;
    private readonly DeliveryMode? _forced;
    private readonly Action<NodeNetwork> _changed;
    private readonly RtNetlink _kernel;
    private readonly InterfaceWatcher _watcher;
    private readonly NextHopResolver _resolver;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly object _hopsTurn = new();
    private readonly Dictionary<int, NodeInterface> _attached = [];
    private readonly HashSet<IpAddress> _local = [];
    private readonly HashSet<IpAddress> _resolving = [];
    private ImmutableDictionary<IpAddress, PlaneHop> _hops = ImmutableDictionary<IpAddress, PlaneHop>.Empty;
    private ImmutableArray<IpAddress> _targets = [];
    private Link? _near;
    private Task _running = Task.CompletedTask;

    /// <summary>Opens its sockets in the calling thread's network namespace and attaches to what is there.</summary>
    internal NodeDriver(DataPath path, PinDirectory? pins, InterfacePatterns patterns, DeliveryMode? forced, Action<NodeNetwork> changed)
    {
        _hooks = new HookSet(path, pins);
        (_forced, _changed) = (forced, changed);
        (_kernel, _watcher, _resolver) = _thread.Run(() => (RtNetlink.Open(), InterfaceWatcher.Open(patterns), NextHopResolver.Open(OnHop)));
        Decision = new DeliveryDecision(Node.Delivery.DeliveryMode.Stack, ["not decided yet"]);
    }

    /// <summary>The delivery mode and why.</summary>
    internal DeliveryDecision Decision { get; private set; }

    /// <summary>Interfaces that match a pattern and could not be attached to, with the cause.</summary>
    internal ImmutableDictionary<string, string> Refused { get; private set; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Begins to follow the node; returns when the interfaces that are there are attached.</summary>
    internal void Start()
    {
        _running = Task.WhenAll(FollowInterfacesAsync(), _resolver.RunAsync(_stop.Token), FollowSignalsAsync());
        Task first = Task.WhenAny(_seen.Task, _running).GetAwaiter().GetResult();
        first.GetAwaiter().GetResult();
    }

    /// <summary>Sets up the pair of the node's own processes, and publishes it; false where there are no service subnets to reach by it.</summary>
    internal bool Configure(NodeSettings settings)
    {
        if (settings.ServiceSubnets.IsEmpty)
        {
            return false;
        }

        _thread.Run(() =>
        {
            ServicePairReport report = new NodeServicePair(_kernel, new Sysctl()).Apply(new ServicePairSpec
            {
                ServiceSubnets = settings.ServiceSubnets,
                NodeAddresses = settings.NodeAddresses,
            });
            _near = report.Near;
            _hooks.Attach(report.Far.Index, HookKind.Node);
            Publish();
        });
        return true;
    }

    /// <summary>Follows the next hops of these addresses; those known at once are published before this returns.</summary>
    internal void Follow(ImmutableArray<IpAddress> targets) => _thread.Run(() =>
    {
        _targets = targets;
        Forget();
        ResolveTargets();
        AwaitNeighbours();
        Publish();
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _thread.Dispose();
        _hooks.Dispose();
        _resolver.Dispose();
        _watcher.Dispose();
        _kernel.Dispose();
        _stop.Dispose();
    }

    private async Task FollowInterfacesAsync()
    {
        await foreach (InterfaceChange change in _watcher.WatchAsync(_stop.Token))
        {
            _thread.Run(() =>
            {
                Apply(change);
                if (_seen.TrySetResult())
                {
                    _hooks.RemoveOthers();
                }
            });
        }
    }

    private async Task FollowSignalsAsync()
    {
        await foreach (bool _ in _signal.Reader.ReadAllAsync(_stop.Token))
        {
            _thread.Run(() =>
            {
                ResolveTargets();
                Publish();
            });
        }
    }

    private void Apply(InterfaceChange change)
    {
        foreach (NodeInterface gone in change.Detached)
        {
            _hooks.Detach(gone.Index);
            _attached.Remove(gone.Index);
            Refused = Refused.Remove(gone.Name);
        }

        foreach (NodeInterface one in change.Attached.Concat(change.Updated))
        {
            _attached[one.Index] = one;
        }

        // Programs ask what an interface is, so that is said before they are attached.
        Publish();
        foreach (NodeInterface one in change.Attached)
        {
            Attach(one);
        }

        foreach (NodeInterface one in change.Refused)
        {
            Refused = Refused.SetItem(one.Name, "its framing is unknown");
        }

        Decision = _forced is { } mode
            ? new DeliveryDecision((Node.Delivery.DeliveryMode)mode, ["set by configuration"])
            : new DeliveryProbe(_kernel, _hooks.IsOwn).Probe(_attached.Values);
        ResolveTargets();
        Publish();
    }

    private void Attach(NodeInterface one)
    {
        if (one.Layer != LinkLayer.Ethernet)
        {
            Refused = Refused.SetItem(one.Name, "only Ethernet framing is forwarded");
            return;
        }

        try
        {
            _hooks.Attach(one.Index, HookKind.Ingress);
            _hooks.Attach(one.Index, HookKind.Egress);
        }
        catch (BpfException refusal)
        {
            // An interface may go between its notification and now; its end is notified too. Any other refusal stays visible.
            Refused = Refused.SetItem(one.Name, refusal.Message);
        }
    }

    /// <summary>A target is local when its route leads to a pod's interface, or to a bridge that pods' interfaces are ports of.</summary>
    private void ResolveTargets()
    {
        _resolver.SetTargets([.. _targets.Select(address => new NextHopTarget(address, _local.Contains(address)))]);
        HashSet<int> podSide = [.. _attached.Values.Where(one => one.Role == Node.Interfaces.InterfaceRole.PodSide)
            .SelectMany(one => new[] { one.Index, one.Link.MasterIndex }).Where(index => index != 0)];
        bool moved = false;
        foreach (IpAddress address in _targets)
        {
            if (_resolver.TryGet(address, out NextHop? hop) && hop.RouteLinkIndex != 0)
            {
                moved |= podSide.Contains(hop.RouteLinkIndex) ? _local.Add(address) : _local.Remove(address);
            }
        }

        if (moved)
        {
            _resolver.SetTargets([.. _targets.Select(address => new NextHopTarget(address, _local.Contains(address)))]);
        }
    }

    /// <summary>Drops what is known of addresses that are no longer asked for.</summary>
    private void Forget()
    {
        HashSet<IpAddress> wanted = [.. _targets];
        _local.IntersectWith(wanted);
        lock (_hopsTurn)
        {
            _resolving.IntersectWith(wanted);
            _hops = _hops.RemoveRange(_hops.Keys.Where(address => !wanted.Contains(address)).ToArray());
        }
    }

    /// <summary>
    /// A pod that lives answers within a millisecond: waiting for it here keeps the first packet to a new VMI. One that does not answer costs each
    /// change no more than the patience.
    /// </summary>
    private void AwaitNeighbours()
    {
        long deadline = Environment.TickCount64 + NeighbourPatience;
        lock (_hopsTurn)
        {
            while (_resolving.Count > 0 && Environment.TickCount64 is long now && now < deadline)
            {
                Monitor.Wait(_hopsTurn, (int)(deadline - now));
            }
        }
    }

    private void OnHop(NextHop hop)
    {
        lock (_hopsTurn)
        {
            _hops = _hops.SetItem(hop.Target.Address, PlaneHopOf(hop));
            _ = hop.Status == NextHopStatus.Resolving ? _resolving.Add(hop.Target.Address) : _resolving.Remove(hop.Target.Address);
            Monitor.PulseAll(_hopsTurn);
        }

        _signal.Writer.TryWrite(true);
    }

    private static PlaneHop PlaneHopOf(NextHop hop) => hop.Status switch
    {
        NextHopStatus.OwnAddress => new PlaneHop(HopKind.Host, 0, default),
        NextHopStatus.Resolved when hop.Target.IsLocal => new PlaneHop(HopKind.Local, hop.LinkIndex, MacsOf(hop)),
        NextHopStatus.Resolved => new PlaneHop(HopKind.Neighbour, hop.LinkIndex, default),
        _ => default,
    };

    private static LinkAddresses MacsOf(NextHop hop)
    {
        Span<byte> frame = stackalloc byte[2 * MacAddress.Size];
        hop.DestinationMac.WriteBytes(frame);
        hop.SourceMac.WriteBytes(frame[MacAddress.Size..]);
        return LinkAddresses.Of(frame);
    }

    private void Publish()
    {
        ImmutableDictionary<IpAddress, PlaneHop> hops;
        lock (_hopsTurn)
        {
            hops = _hops;
        }

        _changed(new NodeNetwork(
            Decision.Mode == Node.Delivery.DeliveryMode.Fast ? DeliveryMode.Fast : DeliveryMode.Stack,
            _near?.Index ?? 0,
            [.. _attached.Values.Select(one => new PlaneInterface(
                one.Index, one.Role == Node.Interfaces.InterfaceRole.PodSide ? InterfaceRole.Pod : InterfaceRole.Uplink, CheckSource: false, []))],
            hops));
    }
}
