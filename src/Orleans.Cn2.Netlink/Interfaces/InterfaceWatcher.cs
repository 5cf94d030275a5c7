using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Orleans.Cn2.Netlink.Interfaces;

/// <summary>
/// Tells which interfaces the data path is to attach to, as they come, go, are renamed or move between namespaces.
/// Lost notifications are made good by a dump.
/// </summary>
public sealed class InterfaceWatcher : IDisposable
{
    private readonly RtNetlink _kernel;
    private readonly RouteMonitor _monitor;
    private readonly InterfaceSet _set;

    private InterfaceWatcher(RtNetlink kernel, RouteMonitor monitor, InterfacePatterns patterns) =>
        (_kernel, _monitor, _set) = (kernel, monitor, new InterfaceSet(patterns));

    /// <summary>Opens it in the calling thread's network namespace.</summary>
    /// <exception cref="NetlinkException">The kernel refuses a socket.</exception>
    public static InterfaceWatcher Open(InterfacePatterns patterns)
    {
        RouteMonitor monitor = RouteMonitor.Open(MonitorGroups.Links);
        try
        {
            return new InterfaceWatcher(RtNetlink.Open(), monitor, patterns);
        }
        catch
        {
            monitor.Dispose();
            throw;
        }
    }

    /// <summary>All that match the patterns, as of the last change told. For the reader of the changes.</summary>
    public ImmutableArray<NodeInterface> Matching => _set.Matching;

    /// <summary>First all that is there (even if that is nothing), then each change, until cancelled. One reader; after a fault it may begin anew.</summary>
    public async IAsyncEnumerable<InterfaceChange> WatchAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        yield return _set.Reset(_kernel.GetLinks());
        await foreach (IReadOnlyList<NetworkEvent> events in _monitor.ReadAsync(cancellation))
        {
            InterfaceChange change = events.Any(e => e is EventsLost) ? _set.Reset(_kernel.GetLinks()) : _set.Apply(events);
            if (!change.IsEmpty)
            {
                yield return change;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _monitor.Dispose();
        _kernel.Dispose();
    }
}
