using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;
using Orleans.Cn2.Grains.Hosting;
using Orleans.Concurrency;
using Orleans.Storage;

namespace Orleans.Cn2.Grains.Catalog;

/// <summary>
/// One shard. The epoch is raised by a conditional write before anything is served, so that of two activations the older one's writes fail and the
/// versions of the newer one win everywhere.
/// </summary>
[Reentrant]
internal sealed class CatalogGrain : Grain, ICatalogGrain
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HintPeriod = TimeSpan.FromMilliseconds(500);
    private const int HintsPerPeriod = 50;

    private readonly IPersistentState<CatalogState> _state;
    private readonly TimeProvider _time;
    private readonly ILogger<CatalogGrain> _logger;
    private readonly JoinedWrites _writes;
    private readonly Signal _changed = new();
    private readonly HashSet<NamespacedName> _unreported = [];
    private readonly Queue<NamespacedName> _audit = [];
    private ShardLog _log = new(0);

    public CatalogGrain([PersistentState("catalog")] IPersistentState<CatalogState> state, TimeProvider time, ILogger<CatalogGrain> logger)
    {
        (_state, _time, _logger) = (state, time, logger);
        _writes = new JoinedWrites(WriteAsync);
    }

    private Dictionary<NamespacedName, ListedService> Listed => _state.State.Services;

    private bool Ready => _unreported.Count == 0;

    private int Shard => (int)this.GetPrimaryKeyLong();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _state.State.Epoch++;
        await _state.WriteStateAsync(cancellationToken);
        _log = new ShardLog(_state.State.Epoch);
        _unreported.UnionWith(Listed.Keys);
        _logger.Activated(Shard, _state.State.Epoch, Listed.Count);
        foreach (NamespacedName name in Listed.Keys)
        {
            Hint(name);
        }

        this.RegisterGrainTimer(RepeatHints, new GrainTimerCreationOptions(HintPeriod, HintPeriod) { Interleave = true, KeepAlive = true });
    }

    public async Task<ulong> Enlist(NamespacedName name)
    {
        ulong token = _state.State.NextToken++;
        Listed[name] = new ListedService(token, Removed: false);
        await _writes.SaveAsync();
        return token;
    }

    public async Task Delist(NamespacedName name, ulong listToken)
    {
        if (!Listed.TryGetValue(name, out ListedService? item) || item.Token != listToken)
        {
            return;
        }

        if (_log.Find(name) is { } left)
        {
            Removed(new RemovedEntry(left.Entry.Entry.Uid, name, null, _time.GetUtcNow()));
        }

        Listed.Remove(name);
        await _writes.SaveAsync();
        Reported(name);
    }

    public Task<ShardVersion> Publish(ulong listToken, PublishedEntry entry)
    {
        NamespacedName name = entry.Entry.Name;
        if (!Listed.TryGetValue(name, out ListedService? item) || item.Token != listToken || item.Removed)
        {
            throw Stale(name, listToken);
        }

        ShardVersion version;
        if (_log.Find(name) is { } held && held.Entry.Entry.Uid == entry.Entry.Uid && held.Entry.Entry.Generation >= entry.Entry.Generation)
        {
            version = held.Version;
        }
        else
        {
            if (_log.Find(name) is { } other && other.Entry.Entry.Uid != entry.Entry.Uid)
            {
                Removed(new RemovedEntry(other.Entry.Entry.Uid, name, entry.Traceparent, entry.CommittedAt));
            }

            version = _log.Put(entry);
            _changed.Raise();
        }

        Reported(name);
        return Task.FromResult(version);
    }

    public async Task<ShardVersion> Remove(ulong listToken, RemovedEntry entry)
    {
        if (Listed.TryGetValue(entry.Name, out ListedService? item))
        {
            if (item.Token != listToken)
            {
                throw Stale(entry.Name, listToken);
            }

            Listed[entry.Name] = item with { Removed = true };
        }

        // Also where nothing is left to remove: only the shard's newest activation can write, and only its version is a fence.
        await _writes.SaveAsync();
        if (_log.Find(entry.Name) is { } held && held.Entry.Entry.Uid == entry.Uid)
        {
            Removed(entry);
        }

        Reported(entry.Name);
        return _log.Version;
    }

    public async Task<ShardChanges> Read(ShardVersion have, int maxEntries, TimeSpan wait)
    {
        Task change = _changed.Next;
        if (wait > TimeSpan.Zero && (!Ready || have == _log.Version))
        {
            await Signal.WaitAsync(change, wait < LongestWait ? wait : LongestWait, _time);
        }

        return Ready ? _log.Read(have, maxEntries) : new ShardChanges(false, ShardVersion.None, ShardVersion.None, false, false, [], []);
    }

    public Task<ImmutableArray<NamespacedName>> List() => Task.FromResult<ImmutableArray<NamespacedName>>(
        [.. Listed.Keys.OrderBy(name => name.Namespace, StringComparer.Ordinal).ThenBy(name => name.Name, StringComparer.Ordinal)]);

    public Task<ShardStatus> GetStatus() =>
        Task.FromResult(new ShardStatus(Ready, _log.Version, Listed.Count, Listed.Count - _unreported.Count));

    private void Removed(RemovedEntry entry)
    {
        _log.Remove(entry);
        _changed.Raise();
    }

    private void Reported(NamespacedName name)
    {
        if (_unreported.Remove(name) && Ready)
        {
            _logger.Ready(Shard, Listed.Count);
            _changed.Raise();
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            await _state.WriteStateAsync();
        }
        catch (InconsistentStateException)
        {
            // Another activation took over: this one must not answer from what it believes.
            DeactivateOnIdle();
            throw;
        }
    }

    private Task RepeatHints(CancellationToken cancellation)
    {
        foreach (NamespacedName name in _unreported.Take(HintsPerPeriod))
        {
            Hint(name);
        }

        if (_audit.Count == 0)
        {
            foreach (NamespacedName name in Listed.Keys)
            {
                _audit.Enqueue(name);
            }
        }

        // A slice of all names: a publication that was lost, or went to an older activation, is repeated so.
        for (int i = 0; i < Math.Min(2, _audit.Count); i++)
        {
            Hint(_audit.Dequeue());
        }

        return Task.CompletedTask;
    }

    private void Hint(NamespacedName name)
    {
        if (Listed.TryGetValue(name, out ListedService? item))
        {
            GrainFactory.GetGrain<IServiceGrain>(name.ToString()).Activate(item.Token, _log.Find(name)?.Entry.Entry.Generation ?? 0).Ignore();
        }
    }

    private static ConflictException Stale(NamespacedName name, ulong token) => new(
        "Service", name.ToString(), string.Create(CultureInfo.InvariantCulture, $"{name} is not listed under token {token}: the publisher is stale"));
}
