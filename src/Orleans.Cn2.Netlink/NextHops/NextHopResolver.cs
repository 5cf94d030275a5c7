using System.Diagnostics.CodeAnalysis;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink.NextHops;

/// <summary>
/// Keeps a <see cref="NextHopTable"/> true to the kernel: resolves neighbours, follows notifications, asks silent
/// neighbours again, and confirms the MACs of local VMIs, whose packets pass the kernel's own tables by.
/// </summary>
public sealed class NextHopResolver : IDisposable
{
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(1);
    private const int ConfirmEveryRetries = 30;

    private readonly RtNetlink _kernel;
    private readonly RouteMonitor _monitor;
    private readonly KernelView _view;
    private readonly NextHopTable _table = new();
    private readonly Lock _turn = new();
    private readonly Action<NextHop> _changed;
    private readonly TimeProvider _time;

    private NextHopResolver(RtNetlink kernel, RouteMonitor monitor, Action<NextHop> changed, TimeProvider time)
    {
        (_kernel, _monitor, _changed, _time) = (kernel, monitor, changed, time);
        _view = new KernelView(kernel);
    }

    /// <summary>Opens it in the calling thread's network namespace.</summary>
    /// <param name="changed">Told of every entry that changed, one at a time, in order; it must not call back.</param>
    /// <param name="time">The clock of the retries.</param>
    /// <exception cref="NetlinkException">The kernel refuses a socket.</exception>
    public static NextHopResolver Open(Action<NextHop> changed, TimeProvider? time = null)
    {
        RouteMonitor monitor = RouteMonitor.Open(
            MonitorGroups.Links | MonitorGroups.Addresses | MonitorGroups.Routes | MonitorGroups.Neighbours | MonitorGroups.Rules);
        try
        {
            return new NextHopResolver(RtNetlink.Open(), monitor, changed, time ?? TimeProvider.System);
        }
        catch
        {
            monitor.Dispose();
            throw;
        }
    }

    /// <summary>Replaces the addresses to resolve; what is known at once is told before this returns.</summary>
    public void SetTargets(IReadOnlyCollection<NextHopTarget> targets)
    {
        lock (_turn)
        {
            _table.SetTargets(targets);
            Refresh();
        }
    }

    /// <summary>Adds addresses to those that are resolved, or tells that they became local or remote; what is known at once is told before this returns.</summary>
    public void AddTargets(IReadOnlyCollection<NextHopTarget> targets)
    {
        lock (_turn)
        {
            _table.AddTargets(targets);
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
        _kernel.Dispose();
    }

    private async Task FollowAsync(Action? alive, CancellationToken cancellation)
    {
        await foreach (IReadOnlyList<NetworkEvent> events in _monitor.ReadAsync(cancellation))
        {
            lock (_turn)
            {
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

    private void Refresh()
    {
        foreach (NextHop hop in _table.Refresh(_view))
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
