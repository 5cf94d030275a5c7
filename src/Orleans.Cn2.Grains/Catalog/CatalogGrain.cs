using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;
using Orleans.Cn2.Grains.Hosting;
using Orleans.Concurrency;
using Orleans.Storage;

namespace Orleans.Cn2.Grains.Catalog;

/// <summary>
/// One shard. The epoch is raised, and the list made this activation's, by conditional writes before anything is served, so that of two activations the
/// older one's writes fail and the versions of the newer one win everywhere.
/// </summary>
[Reentrant]
internal sealed class CatalogGrain : Grain, ICatalogGrain
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HintPeriod = TimeSpan.FromMilliseconds(500);
    private static readonly ShardChanges NotReady = new(false, ShardVersion.None, ShardVersion.None, false, false, [], []);
    private static readonly ActivitySource Source = new(CatalogMeter.Name);

    private readonly IClusterMembershipService _membership;
    private readonly CatalogMeter _meter;
    private readonly IPersistentState<CatalogState> _state;
    private readonly TimeProvider _time;
    private readonly ILogger<CatalogGrain> _logger;
    private readonly NameList _list;
    private readonly Signal _changed = new();
    private readonly Signal _rebuilt = new();
    private readonly Pace _pace;
    private readonly HashSet<NamespacedName> _unreported = [];
    private readonly HashSet<NamespacedName> _asked = [];
    private ShardLog _log = new(0);
    private AuditRounds _audits = null!;
    private bool _asking;
    private bool _left;
    private long _started;

    public CatalogGrain(
        [PersistentState("catalog")] IPersistentState<CatalogState> state,
        IGrainStorage storage,
        IClusterMembershipService membership,
        CatalogMeter meter,
        Paces paces,
        TimeProvider time,
        ILogger<CatalogGrain> logger)
    {
        (_state, _membership, _meter, _pace, _time, _logger) = (state, membership, meter, paces.Reports, time, logger);
        _list = new NameList(storage, this.GetGrainId(), this.DeactivateOnIdle);
    }

    private bool Ready => _unreported.Count == 0;

    private int Shard => (int)this.GetPrimaryKeyLong();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // Above every epoch of a store that was lost, too: workers still hold what they were given from it, and a worker never goes back.
        _state.State.Epoch = Math.Max(_state.State.Epoch + 1, (ulong)_time.GetUtcNow().ToUnixTimeMilliseconds());
        await _list.LoadAsync(_state.State);
        await _state.WriteStateAsync(cancellationToken);
        (_log, _started, _audits) = (new ShardLog(_state.State.Epoch), _time.GetTimestamp(), new AuditRounds(_membership.CurrentSnapshot.Version));
        _unreported.UnionWith(_list.Names);
        _logger.Activated(Shard, _state.State.Epoch, _list.Count);
        NoteState();
        AskUnreportedAsync().Ignore();
        this.RegisterGrainTimer(RepeatHints, new GrainTimerCreationOptions(HintPeriod, HintPeriod) { Interleave = true, KeepAlive = true });
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _left = true;
        _meter.Left(Shard);
        return Task.CompletedTask;
    }

    public async Task<ulong> Enlist(NamespacedName name)
    {
        ulong token = await _list.EnlistAsync(name);
        NoteState();
        return token;
    }

    public async Task Delist(NamespacedName name, ulong listToken)
    {
        if (_list.Find(name)?.Token != listToken)
        {
            return;
        }

        if (_log.Find(name) is { } left)
        {
            Removed(new RemovedEntry(left.Entry.Entry.Uid, name, null, _time.GetUtcNow()));
        }

        await _list.DelistAsync(name);
        Reported(name);
        NoteState();
    }

    public Task<ShardVersion> Publish(ulong listToken, PublishedEntry entry)
    {
        NamespacedName name = entry.Entry.Name;
        if (_list.Find(name) is not { Removed: false } listed || listed.Token != listToken)
        {
            throw Stale(name, listToken);
        }

        // Who reads the shard keeps its entries by uid: this one would replace the other's.
        if (_log.NameOf(entry.Entry.Uid) is { } owner && owner != name)
        {
            _logger.UidTaken(name, entry.Entry.Uid, owner);
            Reported(name);
            throw new FailedPreconditionException("Service", name.ToString(), $"metadata.uid: {entry.Entry.Uid} is that of {owner}, so {name} is in no table; delete one of them");
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

            using Activity? activity = Source.StartActivity("catalog.publish", ActivityKind.Internal, entry.Traceparent)?.SetTag("cn2.service", name.ToString());
            version = _log.Put(activity is null ? entry : entry with { Traceparent = activity.Id });
            _meter.Published();
            _changed.Raise();
        }

        Reported(name);
        return Task.FromResult(version);
    }

    public async Task<ShardVersion> Remove(ulong listToken, RemovedEntry entry)
    {
        if (_list.Find(entry.Name) is { } listed && listed.Token != listToken)
        {
            throw Stale(entry.Name, listToken);
        }

        // Also where nothing is left to remove: only the shard's newest activation can write, and only its version is a fence.
        await _list.RemoveAsync(entry.Name);
        if (_log.Find(entry.Name) is { } held && held.Entry.Entry.Uid == entry.Uid)
        {
            Removed(entry);
        }

        Reported(entry.Name);
        return _log.Version;
    }

    public async Task<ShardChanges> Read(ShardVersion have, int maxEntries, TimeSpan wait)
    {
        if (have.Epoch > _log.Version.Epoch)
        {
            // The reader was served by an activation that took over from this one.
            DeactivateOnIdle();
            await Signal.WaitAsync(_changed.Next, wait < LongestWait ? wait : LongestWait, _time);
            return NotReady;
        }

        Task change = (Ready ? _changed : _rebuilt).Next;
        if (wait > TimeSpan.Zero && (!Ready || have == _log.Version))
        {
            await Signal.WaitAsync(change, wait < LongestWait ? wait : LongestWait, _time);
        }

        return Ready ? _log.Read(have, maxEntries) : NotReady;
    }

    public Task<ImmutableArray<NamespacedName>> List() => Task.FromResult<ImmutableArray<NamespacedName>>(
        [.. _list.Names.OrderBy(name => name.Namespace, StringComparer.Ordinal).ThenBy(name => name.Name, StringComparer.Ordinal)]);

    public Task<ImmutableArray<NamespacedName>> ListOf(string ns) => Task.FromResult<ImmutableArray<NamespacedName>>(
        [.. _list.OfNamespace(ns).Where(name => _list.Find(name) is { Removed: false })]);

    public Task<ShardStatus> GetStatus() =>
        Task.FromResult(new ShardStatus(Ready, _log.Version, _list.Count, _list.Count - _unreported.Count));

    private void Removed(RemovedEntry entry)
    {
        _log.Remove(entry);
        _meter.Removed();
        _changed.Raise();
    }

    private void Reported(NamespacedName name)
    {
        if (_unreported.Remove(name) && Ready)
        {
            TimeSpan duration = _time.GetElapsedTime(_started);
            _logger.Ready(Shard, _list.Count, duration);
            _meter.Rebuilt(duration);
            NoteState();
            _changed.Raise();
            _rebuilt.Raise();
        }
    }

    private void NoteState() => _meter.Note(Shard, Ready, _list.Count);

    private Task RepeatHints(CancellationToken cancellation)
    {
        AskUnreportedAsync().Ignore();
        if (_asking)
        {
            // All are being asked. One that never reports must not keep the others from being looked after, so not until it has.
            return Task.CompletedTask;
        }

        // A publication that was lost, or went to an older activation, is repeated so, and so is what a namespace could not tell.
        (NamespacedName[] names, bool hurries) = _audits.Next(_list.Names, _membership.CurrentSnapshot.Version);
        foreach (NamespacedName name in names)
        {
            HintAsync(name).Ignore();
            GrainFactory.GetGrain<INamespaceGrain>(name.Namespace).Recall(name).Ignore();

            // Not beside the many calls of a start or of a silo's end: nothing there makes an address lose its lease.
            if (!hurries)
            {
                GrainFactory.GetGrain<IServiceGrain>(name.ToString()).VerifyAddresses().Ignore();
            }
        }

        return Task.CompletedTask;
    }

    private async Task AskUnreportedAsync()
    {
        if (_asking)
        {
            return;
        }

        _asking = true;
        try
        {
            foreach (NamespacedName name in _unreported.Except(_asked).ToArray())
            {
                await _pace.EnterAsync();
                AskAsync(name).Ignore();
            }
        }
        finally
        {
            _asking = false;
        }
    }

    private async Task AskAsync(NamespacedName name)
    {
        _audits.Asked(name, _membership.CurrentSnapshot.Version);
        _asked.Add(name);
        try
        {
            if (!_left && _unreported.Contains(name))
            {
                await HintAsync(name);
            }
        }
        finally
        {
            // One that failed is asked again.
            _asked.Remove(name);
            _pace.Leave();
        }
    }

    private Task HintAsync(NamespacedName name) => _list.Find(name) is { } listed
        ? GrainFactory.GetGrain<IServiceGrain>(name.ToString()).Activate(listed.Token, _log.Find(name)?.Entry.Entry.Generation ?? 0)
        : Task.CompletedTask;

    private static ConflictException Stale(NamespacedName name, ulong token) => new(
        "Service", name.ToString(), string.Create(CultureInfo.InvariantCulture, $"{name} is not listed under token {token}: the publisher is stale"));
}
