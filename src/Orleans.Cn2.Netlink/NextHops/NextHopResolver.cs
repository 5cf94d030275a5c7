using System.Diagnostics.CodeAnalysis;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink.NextHops;

/// <summary>
/// Keeps a copy of the node's routing and a <see cref="NextHopTable"/> true to the kernel: reads the routing again when it changed, resolves neighbours,
/// follows notifications, asks silent neighbours again, and confirms the MACs of local VMIs, whose packets pass the kernel's own tables by. Addresses of other
/// nodes need no entry in the table: the copy tells their way.
/// </summary>
public sealed class NextHopResolver : IDisposable
{
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(1);
    private const int ConfirmEveryRetries = 30;
    private const MonitorGroups Routing = MonitorGroups.Links | MonitorGroups.Addresses | MonitorGroups.Routes | MonitorGroups.Rules;

    private readonly RtNetlink _kernel;
    private readonly RouteMonitor _monitor;
    private readonly RouteMonitor _routing;
    private readonly KernelView _view;
    private readonly NextHopTable _table = new();
    private readonly Lock _turn = new();
    private readonly Action<NextHop> _changed;
    private readonly Action? _rerouted;
    private readonly TimeProvider _time;
    private NodeSnapshot _node;
    private bool _isStale;

    private NextHopResolver(
        RtNetlink kernel, (RouteMonitor All, RouteMonitor Routing) monitors, Action<NextHop> changed, Action? rerouted, TimeProvider time)
    {
        (_kernel, _changed, _rerouted, _time) = (kernel, changed, rerouted, time);
        (_monitor, _routing) = monitors;
        _view = new KernelView(kernel);
        _node = NodeSnapshot.Read(_view);
    }

    /// <summary>Opens it in the calling thread's network namespace.</summary>
    /// <param name="changed">Told of every entry that changed, one at a time, in order; it must not call back.</param>
    /// <param name="rerouted">Told when <see cref="Node"/> is another, from any thread; it must not call back. Null: nobody asks.</param>
    /// <param name="time">The clock of the retries.</param>
    /// <exception cref="NetlinkException">The kernel refuses a socket.</exception>
    public static NextHopResolver Open(Action<NextHop> changed, Action? rerouted = null, TimeProvider? time = null)
    {
        RouteMonitor monitor = RouteMonitor.Open(Routing | MonitorGroups.Neighbours);
        RouteMonitor? routing = null;
        try
        {
            // Opened before the copy is read, so that nothing falls between.
            routing = RouteMonitor.Open(Routing);
            return new NextHopResolver(RtNetlink.Open(), (monitor, routing), changed, rerouted, time ?? TimeProvider.System);
        }
        catch
        {
            routing?.Dispose();
            monitor.Dispose();
            throw;
        }
    }

    /// <summary>The node's routing as it is now: read again if the kernel changed anything of it.</summary>
    /// <exception cref="NetlinkException">The kernel refuses to tell.</exception>
    public NodeSnapshot Node
    {
        get
        {
            lock (_turn)
            {
                ReadRouting();
                return _node;
            }
        }
    }

    /// <summary>Replaces the addresses to resolve; what is known at once is told before this returns.</summary>
    public void SetTargets(IReadOnlyCollection<NextHopTarget> targets)
    {
        lock (_turn)
        {
            _table.SetTargets(targets);
            ReadRouting();
            Refresh();
        }
    }

    /// <summary>Adds addresses to those that are resolved, or tells that they became local or remote; what is known at once is told before this returns.</summary>
    public void AddTargets(IReadOnlyCollection<NextHopTarget> targets)
    {
        lock (_turn)
        {
            _table.AddTargets(targets);
            ReadRouting();
            Refresh();
        }
    }

    /// <summary>The entry of an address.</summary>
    public bool TryGet(IpAddress address, [NotNullWhen(true)] out NextHop? hop)
    {
        lock (_turn)
        {
            return (hop = _table.Find(address)) is not null;
        }
    }

    /// <summary>Follows the kernel until cancelled. Begins by asking about every target, so that nothing is missed after a fault.</summary>
    /// <param name="alive">Called after each batch that was worked off; null: nobody asks.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NetlinkException">The kernel refused a question that has an answer; the caller starts anew.</exception>
    public async Task RunAsync(Action? alive, CancellationToken cancellation)
    {
        lock (_turn)
        {
            _isStale = true;
            ReadRouting();
            _table.MarkAll();
            Refresh();
        }

        alive?.Invoke();
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task follow = FollowAsync(alive, both.Token);
        Task retry = RetryAsync(both.Token);
        Task first = await Task.WhenAny(follow, retry);
        await both.CancelAsync();
        await Task.WhenAll(follow, retry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _monitor.Dispose();
        _routing.Dispose();
        _kernel.Dispose();
    }

    private async Task FollowAsync(Action? alive, CancellationToken cancellation)
    {
        await foreach (IReadOnlyList<NetworkEvent> events in _monitor.ReadAsync(cancellation))
        {
            lock (_turn)
            {
                // Neighbours come and go all the time, and say nothing of routes.
                _isStale |= events.Any(change => change is EventsLost);
                ReadRouting();
                foreach (NetworkEvent change in events)
                {
                    _table.Apply(change);
                }

                Refresh();
            }

            alive?.Invoke();
        }
    }

    private async Task RetryAsync(CancellationToken cancellation)
    {
        using PeriodicTimer timer = new(RetryPeriod, _time);
        for (int round = 1; await timer.WaitForNextTickAsync(cancellation); round++)
        {
            bool confirm = round % ConfirmEveryRetries == 0;
            lock (_turn)
            {
                foreach (NextHop hop in _table.Hops)
                {
                    if (NextHopRules.NeedsProbe(hop) || (confirm && hop.DestinationMac.IsSet))
                    {
                        Probe(hop);
                    }
                }
            }
        }
    }

    /// <summary>
    /// A route may go without a notification of its own (IPv4, with its interface or address), and may name another way than before by what it shares with
    /// others: so any change has all of it read again, which takes a millisecond, rather than worked into the copy.
    /// </summary>
    private void ReadRouting()
    {
        _isStale |= _routing.TakeAny();
        if (_isStale)
        {
            _node = _node.IsCopy ? NodeSnapshot.Read(_view) : NodeSnapshot.Asking(_view);
            _isStale = false;
            _rerouted?.Invoke();
        }
    }

    private void Refresh()
    {
        foreach (NextHop hop in _table.Refresh(_node))
        {
            if (hop.Status == NextHopStatus.Resolving)
            {
                Probe(hop);
            }

            _changed(hop);
        }
    }

    private void Probe(NextHop hop)
    {
        try
        {
            _kernel.ProbeNeighbour(hop.RouteLinkIndex, hop.Via);
        }
        catch (NetlinkException refusal) when (refusal.Errno is LibC.NoDevice or LibC.NetworkDown)
        {
            // The interface went between the answer and the question; its notification is on the way and marks the entry.
        }
    }
}
