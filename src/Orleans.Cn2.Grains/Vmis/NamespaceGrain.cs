using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Core.Vmis;
using Orleans.Cn2.Grains.Hosting;
using Orleans.Cn2.Grains.Nodes;
using Orleans.Storage;

namespace Orleans.Cn2.Grains.Vmis;

/// <summary>
/// Index between selectors and labels. Its version is the persisted epoch in the high half and a count in the low one, so that it grows over restarts.
/// </summary>
internal sealed class NamespaceGrain : Grain, INamespaceGrain
{
    private const string StateName = "namespace";
    private static readonly TimeSpan HintPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ResubscribeDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ComparePeriod = TimeSpan.FromSeconds(1);

    // All nodes are compared within this many periods: sooner after the start, when a former activation may still be told what this one is not.
    private const int FirstCompareRounds = 120;
    private const int CompareRounds = 600;
    private readonly VmiBook _vmis = new();
    private readonly Dictionary<Guid, (ulong Version, NamespacedName[] Touched)> _lastChanges = [];
    private readonly HashSet<string> _lost = [];

    // Those of the record that are known to be stored.
    private readonly HashSet<string> _entered = [];
    private readonly Queue<string> _toCompare = [];
    private readonly SelectorIndex _index = new();
    private readonly ServiceHints _hints;
    private readonly Signal _changed = new();
    private readonly IPersistentState<NamespaceState> _state;
    private readonly TimeProvider _time;
    private readonly ILogger<NamespaceGrain> _logger;
    private readonly JoinedWrites _writes;
    private readonly IGrainStorage _storage;
    private readonly NodeReads _nodes;
    private readonly Pace _selections;
    private Task? _resubscribed;
    private int _rounds;
    private bool _isChanged;
    private VmiLog _log = new(0);
    private ulong _started;
    private ulong _version;

    public NamespaceGrain(
        [PersistentState(StateName)] IPersistentState<NamespaceState> state, IGrainStorage storage, NodeReads nodes, Paces paces, TimeProvider time,
        ILogger<NamespaceGrain> logger)
    {
        (_state, _storage, _nodes, _selections, _time, _logger) = (state, storage, nodes, paces.Selections, time, logger);
        (_writes, _hints) = (new JoinedWrites(WriteAsync), new ServiceHints((service, version) => Service(service).MembersChanged(version)));
    }

    private string Name => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _state.State.Epoch++;
        await _state.WriteStateAsync(cancellationToken);
        _version = _started = _state.State.Epoch << 32;
        _log = new VmiLog(_version);
        string[] names = [.. _state.State.Nodes];
        _entered.UnionWith(names);
        NodeMembers[] nodes = await Task.WhenAll(names.Select(node => _nodes.ReadAsync(node, Name)));
        foreach ((string node, NodeMembers members) in names.Zip(nodes))
        {
            Mark(node, members.Lost);
            foreach (Vmi vmi in members.Vmis)
            {
                if (_vmis.Find(vmi.Uid) is not { } other || await IsOfAsync(vmi, other.Node))
                {
                    _vmis.Put(vmi);
                }
            }
        }

        this.RegisterGrainTimer(_ => ResubscribedAsync(), new GrainTimerCreationOptions(ResubscribeDelay, Timeout.InfiniteTimeSpan) { Interleave = true });
        this.RegisterGrainTimer(RepeatHints, new GrainTimerCreationOptions(HintPeriod, HintPeriod) { Interleave = true, KeepAlive = true });
        this.RegisterGrainTimer(CompareAsync, new GrainTimerCreationOptions(ComparePeriod, ComparePeriod) { KeepAlive = true });
    }

    public async Task EnterNode(string node)
    {
        if (!_entered.Contains(node))
        {
            _state.State.Nodes.Add(node);
            _isChanged = true;
            await _writes.SaveAsync();
            _entered.Add(node);
        }
    }

    public async Task<NamespaceChange> Upsert(Vmi vmi)
    {
        await Task.WhenAll(ResubscribedAsync(), EnterNode(vmi.Node));
        return Apply([new VmiChange(_vmis.Find(vmi.Uid), vmi)], []);
    }

    public async Task<NamespaceChange> SetNode(string node, NodeMembers members)
    {
        await Task.WhenAll(ResubscribedAsync(), EnterNode(node));
        Vmi[] own = Own(node, members);
        HashSet<Guid> present = [.. own.Select(vmi => vmi.Uid)];
        Vmi[] known = [.. _vmis.OfNode(node)];
        IEnumerable<VmiChange> gone = known.Where(vmi => !present.Contains(vmi.Uid)).Select(vmi => new VmiChange(vmi, null));
        ImmutableArray<VmiChange> changes = [.. gone, .. own.Select(vmi => new VmiChange(_vmis.Find(vmi.Uid), vmi))];

        // A VMI that is what it was takes part anew, or no more, when its node was lost or came back.
        bool turned = Mark(node, members.Lost);
        return Apply(changes, turned ? known : []);
    }

    public async Task<NamespaceChange> Remove(string node, Guid uid)
    {
        await ResubscribedAsync();
        return Apply(_vmis.Find(uid) is { } vmi && vmi.Node == node ? [new VmiChange(vmi, null)] : [], []);
    }

    public async Task<Selection> Select(SelectRequest request)
    {
        // The next activation asks for the subscription anew, as the Service is on its shard's list by now; only this one must still be the last.
        if (!_index.Has(request.Service))
        {
            await _writes.SaveAsync();
        }

        _index.Set(request);
        _hints.Answered(request.Service);
        return new Selection(_version, [.. _vmis.Select(request.Selector, request.Known).Where(vmi => !_lost.Contains(vmi.Node))]);
    }

    public Task Unsubscribe(NamespacedName service)
    {
        _index.Remove(service);
        _hints.Answered(service);
        return Task.CompletedTask;
    }

    // One that is not subscribed did so with an activation that had been replaced, or has not come back to this one yet.
    public Task Recall(NamespacedName service) => ResubscribeAsync(service);

    public Task<Vmi?> Find(string name) => Task.FromResult(_vmis.Find(name));

    public async Task<Membership?> FindMember(string name)
    {
        await ResubscribedAsync();
        if (_vmis.Find(name) is not { } vmi)
        {
            return null;
        }

        (ulong version, NamespacedName[] touched) = _lastChanges.GetValueOrDefault(vmi.Uid, (_started, []));
        HashSet<NamespacedName> services = [.. touched];
        _index.Concerned(vmi, services);
        return new Membership(vmi, version, [.. services.OrderBy(service => service.Name, StringComparer.Ordinal)]);
    }

    public Task<ImmutableArray<Vmi>> List() => Task.FromResult<ImmutableArray<Vmi>>([.. _vmis.Sorted()]);

    public async Task<VmiChanges> Read(ulong have, TimeSpan wait)
    {
        if (have == _version && wait > TimeSpan.Zero)
        {
            await Signal.WaitAsync(_changed.Next, wait < LongestWait ? wait : LongestWait, _time);
        }

        return _log.Read(have, _version, _vmis.Sorted());
    }

    private NamespaceChange Apply(ImmutableArray<VmiChange> changes, Vmi[] turned)
    {
        HashSet<NamespacedName> touched = [];
        _version += turned.Length > 0 ? 1UL : 0;
        foreach (Vmi vmi in turned)
        {
            touched.UnionWith(Touch(vmi.Uid, changed: true, vmi));
        }

        foreach (VmiChange change in changes)
        {
            if (!change.IsEmpty)
            {
                _log.Add(++_version, change);
            }

            touched.UnionWith(Touch((change.After ?? change.Before)!.Uid, !change.IsEmpty, change.Before, change.After));
            if (!change.IsEmpty)
            {
                Put(change);
            }
        }

        if (changes.Any(change => !change.IsEmpty))
        {
            _changed.Raise();
        }

        // Touched Services are hinted even where nothing is new: the caller repeats a change whose first answer was lost.
        _hints.Send(touched, _version);
        return new NamespaceChange(_version, [.. touched]);
    }

    // Services that a VMI concerns; noted where it changed, for those that it will not concern any more have yet to publish that.
    private HashSet<NamespacedName> Touch(Guid uid, bool changed, params ReadOnlySpan<Vmi?> sides)
    {
        HashSet<NamespacedName> touched = [];
        foreach (Vmi? side in sides)
        {
            if (side is not null)
            {
                _index.Concerned(side, touched);
            }
        }

        if (changed)
        {
            _lastChanges[uid] = (_version, [.. touched]);
        }

        return touched;
    }

    private void Put(VmiChange change)
    {
        if (change.Before is { } before)
        {
            _vmis.Remove(before.Uid);
            if (change.After?.Uid != before.Uid)
            {
                _lastChanges.Remove(before.Uid);
            }
        }

        if (change.After is { } after)
        {
            _vmis.Put(after);
        }
    }

    private Task RepeatHints(CancellationToken cancellation)
    {
        _hints.Repeat();
        return Task.CompletedTask;
    }

    /// <summary>
    /// Ends when every Service that selects VMIs is subscribed, as those must be whom a change is told to. A Service that asks for its members before has done
    /// that by itself, as all do when silos start; the others are asked when the first change comes.
    /// </summary>
    private Task ResubscribedAsync()
    {
        if (_resubscribed is null or { IsFaulted: true })
        {
            _resubscribed = ResubscribeAsync();
        }

        return _resubscribed;
    }

    private async Task ResubscribeAsync()
    {
        ImmutableArray<NamespacedName>[] lists = await Task.WhenAll(
            Enumerable.Range(0, ShardMap.Shards).Select(shard => GrainFactory.GetGrain<ICatalogGrain>(shard).ListOf(Name)));
        await Task.WhenAll(lists.SelectMany(list => list).Select(ResubscribeAsync));
    }

    private async Task ResubscribeAsync(NamespacedName service)
    {
        // Nothing is selected by one that is being deleted, or created: that one asks for its members later, which subscribes it.
        if (_index.Has(service))
        {
            return;
        }

        try
        {
            SelectRequest? request = await _selections.RunAsync(() => _index.Has(service) ? Task.FromResult<SelectRequest?>(null) : Service(service).GetSelection());
            if (request is null || _index.Has(service))
            {
                return;
            }

            _index.Set(request);
        }
        catch (Exception failure)
        {
            // One Service whose record can't be read must not keep its namespace from changing, nor miss a change: it is told of every one, until it has asked.
            _logger.Silent(Name, service.Name, failure.Message);
            _index.SetSilent(service);
        }

        // What changed while it was not subscribed is unknown, so it is asked to look again.
        _hints.Send([service], _version);
    }

    // Finds what a node told an activation that had been replaced, and did not tell this one.
    private async Task CompareAsync(CancellationToken cancellation)
    {
        if (_toCompare.Count == 0)
        {
            _rounds++;
            foreach (string name in _state.State.Nodes)
            {
                _toCompare.Enqueue(name);
            }
        }

        int slice = Math.Min(1 + (_state.State.Nodes.Count / (_rounds == 1 ? FirstCompareRounds : CompareRounds)), _toCompare.Count);
        await Task.WhenAll(Enumerable.Range(0, slice).Select(_ => CompareAsync(_toCompare.Dequeue())));
    }

    private async Task CompareAsync(string node)
    {
        try
        {
            // Not shared with others: changes wait until it is there.
            NodeMembers members = (await GrainFactory.GetGrain<INodeGrain>(node).VmisOf([Name]))[0];
            ulong before = _version;
            if (Differs(node, members))
            {
                await SetNode(node, members);
                _logger.Repaired(Name, node, before, _version);
            }
        }
        catch (Exception failure) when (failure is OrleansException or TimeoutException)
        {
            // Its turn comes again.
            _logger.CompareFailed(Name, node, failure.Message);
        }
    }

    private bool Differs(string node, NodeMembers members)
    {
        Vmi[] own = Own(node, members);
        return members.Lost != _lost.Contains(node)
            || own.Length != _vmis.OfNode(node).Count()
            || own.Any(vmi => _vmis.Find(vmi.Uid) != vmi);
    }

    // A VMI that moved is the other node's, though this one was not told yet to forget it.
    private Vmi[] Own(string node, NodeMembers members) =>
        [.. members.Vmis.Where(vmi => _vmis.Find(vmi.Uid) is not { } known || known.Node == node)];

    // Two nodes have a VMI that moved until the former one forgot it.
    private async Task<bool> IsOfAsync(Vmi vmi, string other)
    {
        try
        {
            return await VmiClaims.NodeOfAsync(GrainFactory, vmi) != other;
        }
        catch (Exception failure)
        {
            // Told again when the former node has forgotten it.
            _logger.Undecided(Name, vmi.Name.Name, other, vmi.Node, failure.Message);
            return false;
        }
    }

    // True when that is a change.
    private bool Mark(string node, bool lost) => lost ? _lost.Add(node) : _lost.Remove(node);

    /// <summary>Writes what changed; where nothing did, asks the store whether this activation is still the last.</summary>
    private async Task WriteAsync()
    {
        try
        {
            if (_isChanged)
            {
                _isChanged = false;
                await _state.WriteStateAsync();
                return;
            }

            GrainState<NamespaceState> stored = new() { State = new NamespaceState() };
            await _storage.ReadStateAsync(StateName, this.GetGrainId(), stored);
            if (stored.ETag != _state.Etag)
            {
                throw new InconsistentStateException($"namespace {Name} is another activation's by now", stored.ETag ?? "", _state.Etag ?? "");
            }
        }
        catch
        {
            // What is in memory is no longer what is stored: the next activation begins from that.
            DeactivateOnIdle();
            throw;
        }
    }

    private IServiceGrain Service(NamespacedName name) => GrainFactory.GetGrain<IServiceGrain>(name.ToString());
}
