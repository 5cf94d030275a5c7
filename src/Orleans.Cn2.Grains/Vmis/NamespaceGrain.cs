using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Core;
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
    public const string StateName = "namespace";

    private static readonly TimeSpan HintPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ResubscribePeriod = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ComparePeriod = TimeSpan.FromSeconds(1);
    private readonly VmiBook _vmis = new();
    private readonly Dictionary<Guid, (ulong Version, NamespacedName[] Touched)> _lastChanges = [];
    private readonly HashSet<string> _lost = [];
    private readonly CompareRounds _rounds = new();
    private readonly UnreadNodes _unread;
    private readonly SelectorIndex _index = new();
    private readonly ServiceHints _hints;
    private readonly Signal _changed = new();
    private readonly NamespaceRecord _record;
    private readonly TimeProvider _time;
    private readonly ILogger<NamespaceGrain> _logger;
    private readonly NodeReads _nodes;
    private readonly Resubscription _subscribed;
    private IGrainTimer? _resubscribe;
    private IGrainTimer[] _timers = [];
    private VmiLog _log = new(0);
    private ulong _started;
    private ulong _version;

    public NamespaceGrain(
        [PersistentState(StateName)] IPersistentState<NamespaceState> state, IGrainStorage storage, NodeReads nodes, Paces paces, TimeProvider time,
        ILogger<NamespaceGrain> logger)
    {
        (_nodes, _time, _logger) = (nodes, time, logger);
        _record = new NamespaceRecord(state, storage, this.GetGrainId(), DeactivateOnIdle);
        _hints = new ServiceHints((service, version) => Service(service).MembersChanged(version));
        _subscribed = new Resubscription(Name, GrainFactory, _index, paces.Selections, Found, logger);
        _unread = new UnreadNodes(node => _nodes.ReadAsync(node, Name));
    }

    private string Name => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _version = _started = await _record.BeginAsync(cancellationToken) << 32;
        _log = new VmiLog(_version);
        string[] names = [.. _record.Nodes];
        NodeMembers?[] nodes = await Task.WhenAll(names.Select(ReadAsync));
        foreach ((string node, NodeMembers? members) in names.Zip(nodes))
        {
            if (members is null)
            {
                _unread.Add(node);
                continue;
            }

            Mark(node, members.Lost);
            foreach (Vmi vmi in members.Vmis)
            {
                if (_vmis.Find(vmi.Uid) is not { } other || await IsOfAsync(vmi, other.Node))
                {
                    _vmis.Put(vmi);
                }
            }
        }

        if (_record.Exists)
        {
            _resubscribe = this.RegisterGrainTimer(_ => ResubscribeAsync(), new GrainTimerCreationOptions(ResubscribePeriod, ResubscribePeriod) { Interleave = true });
            Tend();
        }
    }

    public async Task EnterNode(string node)
    {
        await _record.EnterAsync(node);
        Tend();
    }

    public async Task<NamespaceChange> Upsert(Vmi vmi)
    {
        await Task.WhenAll(_subscribed.AllAsync(), EnterNode(vmi.Node));
        return Apply([new VmiChange(_vmis.Find(vmi.Uid), vmi)], []);
    }

    public async Task<NamespaceChange> SetNode(string node, NodeMembers members)
    {
        await Task.WhenAll(_subscribed.AllAsync(), EnterNode(node));
        Vmi[] own = await TakenAsync(node, Own(node, members));
        HashSet<Guid> present = [.. own.Select(vmi => vmi.Uid)];
        Vmi[] known = [.. _vmis.OfNode(node)];
        IEnumerable<VmiChange> gone = known.Where(vmi => !present.Contains(vmi.Uid)).Select(vmi => new VmiChange(vmi, null));
        ImmutableArray<VmiChange> changes = [.. gone, .. own.Select(vmi => new VmiChange(_vmis.Find(vmi.Uid), vmi))];

        // A VMI that is what it was takes part anew, or no more, when its node was lost or came back.
        bool turned = Mark(node, members.Lost);
        _unread.Remove(node);
        return Apply(changes, turned ? known : []);
    }

    public async Task<NamespaceChange> Remove(string node, Guid uid)
    {
        await _subscribed.AllAsync();
        return Apply(_vmis.Find(uid) is { } vmi && vmi.Node == node ? [new VmiChange(vmi, null)] : [], []);
    }

    public async Task<Selection> Select(SelectRequest request)
    {
        // The next activation asks for the subscription anew, as the Service is on its shard's list by now; only this one must still be the last.
        if (!_index.Has(request.Service) || !_record.Exists)
        {
            await _record.RequireLastAsync();
        }

        _index.Set(request);
        Tend();
        if (request.Known.Any(vmi => !_vmis.Has(vmi) && _unread.MayHave(vmi)))
        {
            // It goes on with the paths that it has: without this answer it would end those that lead to VMIs of a node that can't be read.
            throw Unread("Service", request.Service.ToString());
        }

        _hints.Answered(request.Service);
        return new Selection(_version, [.. _vmis.Select(request.Selector, request.Known).Where(vmi => !_lost.Contains(vmi.Node))]);
    }

    public Task Unsubscribe(NamespacedName service)
    {
        _index.Remove(service);
        _hints.Answered(service);
        return Task.CompletedTask;
    }

    public Task Wake() => Task.CompletedTask;

    // One that is not subscribed did so with an activation that had been replaced, or has not come back to this one yet.
    public Task Recall(NamespacedName service) => _subscribed.RunAsync(service);

    public Task<Vmi?> Find(string name) => _vmis.Find(name) is { } vmi ? Task.FromResult<Vmi?>(vmi) : Task.FromResult(Absent(name));

    public Task<Vmi?> FindKnown(string name) => Task.FromResult(_vmis.Find(name));

    public async Task<Membership?> FindMember(string name)
    {
        await _subscribed.AllAsync();
        if ((_vmis.Find(name) ?? Absent(name)) is not { } vmi)
        {
            return null;
        }

        (ulong version, NamespacedName[] touched) = _lastChanges.GetValueOrDefault(vmi.Uid, (_started, []));
        HashSet<NamespacedName> services = [.. touched];
        _index.Concerned(vmi, services);
        return new Membership(vmi, version, [.. services.OrderBy(service => service.Name, StringComparer.Ordinal)]);
    }

    public Task<ImmutableArray<Vmi>> List()
    {
        Absent("");
        return Task.FromResult<ImmutableArray<Vmi>>([.. _vmis.Sorted()]);
    }

    public async Task<VmiChanges> Read(ulong have, TimeSpan wait)
    {
        if (have == _version && wait > TimeSpan.Zero)
        {
            await Signal.WaitAsync(_changed.Next, wait < LongestWait ? wait : LongestWait, _time);
        }

        Absent("");
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
                _unread.Removed(before.TableId);
            }
        }

        if (change.After is { } after)
        {
            _vmis.Put(after);
        }
    }

    private async Task ResubscribeAsync()
    {
        if (_subscribed.IsSettled())
        {
            await _subscribed.AllAsync();
            _resubscribe?.Dispose();
            _resubscribe = null;
        }
    }

    private void Found(NamespacedName service)
    {
        Tend();
        _hints.Send([service], _version);
    }

    // While there is something to look after: a namespace that nobody uses is not kept in memory by those who ask for it.
    private void Tend()
    {
        if (_timers.Length == 0)
        {
            _timers =
            [
                this.RegisterGrainTimer(RepeatAsync, new GrainTimerCreationOptions(HintPeriod, HintPeriod) { Interleave = true, KeepAlive = true }),
                this.RegisterGrainTimer(CompareAsync, new GrainTimerCreationOptions(ComparePeriod, ComparePeriod) { KeepAlive = true }),
            ];
        }
    }

    private Task RepeatAsync(CancellationToken cancellation)
    {
        _hints.Repeat();
        _unread.Ask();
        if (_record.Nodes.Count == 0 && _index.IsEmpty && _hints.AreAnswered)
        {
            Array.ForEach(_timers, timer => timer.Dispose());
            _timers = [];
        }

        return Task.CompletedTask;
    }

    // What may be of a node that could not be read can't be said to be absent.
    private Vmi? Absent(string name) => _unread.Any ? throw Unread("Vmi", $"{Name}/{name}") : null;

    private OutcomeUnknownException Unread(string kind, string name) =>
        new(kind, name, $"VMIs of namespace \"{Name}\" are not all known: can't read node {_unread.Names}; repeat the request");

    private async Task<NodeMembers?> ReadAsync(string node)
    {
        try
        {
            return await _nodes.ReadAsync(node, Name);
        }
        catch (Exception failure)
        {
            _logger.Unread(Name, node, failure.Message);
            return null;
        }
    }

    // Finds what a node told an activation that had been replaced, and did not tell this one. Not while Services come back: a difference would have to wait for them.
    private Task CompareAsync(CancellationToken cancellation) =>
        Task.WhenAll((_resubscribe is null ? _rounds.Next(_record.Nodes) : []).Union(_unread.TakeAnswered()).Select(CompareAsync));

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

            _unread.Remove(node);
            if (members.Deleted)
            {
                await _record.LeaveAsync(node);
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

    // One that moved, and was removed since, is not brought back by the former node, which has yet to forget it.
    private async Task<Vmi[]> TakenAsync(string node, Vmi[] own)
    {
        bool[] taken = await Task.WhenAll(own.Select(async vmi =>
        {
            try
            {
                return _vmis.Find(vmi.Uid) is not null || await VmiClaims.NodeOfAsync(GrainFactory, vmi) is not { } holder || holder == node;
            }
            catch (Exception failure)
            {
                _logger.Undecided(Name, vmi.Name.Name, node, "another one", failure.Message);
                return true;
            }
        }));
        return [.. own.Where((_, index) => taken[index])];
    }

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

    private IServiceGrain Service(NamespacedName name) => GrainFactory.GetGrain<IServiceGrain>(name.ToString());
}
