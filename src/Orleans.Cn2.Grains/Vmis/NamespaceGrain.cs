using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Vmis;
using Orleans.Cn2.Grains.Hosting;

namespace Orleans.Cn2.Grains.Vmis;

/// <summary>
/// Index between selectors and labels. Its version is the persisted epoch in the high half and a count in the low one, so that it grows over restarts.
/// Hints to Services may be lost: they are repeated until the Service has asked for its members again.
/// </summary>
internal sealed class NamespaceGrain([PersistentState("namespace")] IPersistentState<NamespaceState> state, TimeProvider time) : Grain, INamespaceGrain
{
    private static readonly TimeSpan HintPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private readonly Dictionary<Guid, Vmi> _vmis = [];
    private readonly Dictionary<string, Guid> _names = [];
    private readonly SelectorIndex _index = new();
    private readonly Dictionary<NamespacedName, ulong> _unanswered = [];
    private readonly Signal _changed = new();
    private VmiLog _log = new(0);
    private ulong _version;

    private string Name => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        state.State.Epoch++;
        await state.WriteStateAsync(cancellationToken);
        _version = state.State.Epoch << 32;
        _log = new VmiLog(_version);
        ImmutableArray<Vmi>[] nodes = await Task.WhenAll(state.State.Nodes.Select(node => GrainFactory.GetGrain<INodeGrain>(node).VmisOf(Name)));
        foreach (Vmi vmi in nodes.SelectMany(vmis => vmis))
        {
            Put(vmi);
        }

        SelectRequest?[] requests = await Task.WhenAll(state.State.Services.Select(service => Service(service).GetSelection()));
        foreach (SelectRequest request in requests.OfType<SelectRequest>())
        {
            _index.Set(request);
        }

        // What changed while the index was gone is unknown, so every Service is asked to look again.
        Hint(_index.Services);
        this.RegisterGrainTimer(RepeatHints, new GrainTimerCreationOptions(HintPeriod, HintPeriod) { Interleave = true });
    }

    public async Task<NamespaceChange> Upsert(Vmi vmi)
    {
        await RememberNodeAsync(vmi.Node);
        return Apply([new VmiChange(_vmis.GetValueOrDefault(vmi.Uid), vmi)]);
    }

    public async Task<NamespaceChange> UpsertAll(string node, ImmutableArray<Vmi> vmis)
    {
        await RememberNodeAsync(node);
        HashSet<Guid> present = [.. vmis.Select(vmi => vmi.Uid)];
        IEnumerable<VmiChange> gone = _vmis.Values.Where(vmi => vmi.Node == node && !present.Contains(vmi.Uid)).Select(vmi => new VmiChange(vmi, null));
        return Apply([.. gone, .. vmis.Select(vmi => new VmiChange(_vmis.GetValueOrDefault(vmi.Uid), vmi))]);
    }

    public Task<NamespaceChange> Remove(Guid uid) =>
        Task.FromResult(Apply(_vmis.TryGetValue(uid, out Vmi? vmi) ? [new VmiChange(vmi, null)] : []));

    public async Task<Selection> Select(SelectRequest request)
    {
        if (state.State.Services.Add(request.Service))
        {
            await state.WriteStateAsync();
        }

        _index.Set(request);
        _unanswered.Remove(request.Service);
        HashSet<ulong> known = [.. request.Known];
        return new Selection(
            _version,
            [.. _vmis.Values.Where(vmi => SelectorIndex.Matches(request.Selector, vmi.Labels) || known.Contains(vmi.TableId)).OrderBy(vmi => vmi.Uid)]);
    }

    public async Task Unsubscribe(NamespacedName service)
    {
        _index.Remove(service);
        _unanswered.Remove(service);
        if (state.State.Services.Remove(service))
        {
            await state.WriteStateAsync();
        }
    }

    public Task<Vmi?> Find(string name) => Task.FromResult(_names.TryGetValue(name, out Guid uid) ? _vmis[uid] : null);

    public Task<ImmutableArray<Vmi>> List() => Task.FromResult(Sorted());

    public async Task<VmiChanges> Read(ulong have, TimeSpan wait)
    {
        if (have == _version && wait > TimeSpan.Zero)
        {
            await Signal.WaitAsync(_changed.Next, wait < LongestWait ? wait : LongestWait, time);
        }

        return _log.Read(have, _version, Sorted());
    }

    private NamespaceChange Apply(ImmutableArray<VmiChange> changes)
    {
        HashSet<NamespacedName> touched = [];
        foreach (VmiChange change in changes)
        {
            foreach (Vmi side in new[] { change.Before, change.After }.OfType<Vmi>())
            {
                _index.Concerned(side, touched);
            }

            if (!change.IsEmpty)
            {
                _log.Add(++_version, change);
                Put(change);
            }
        }

        if (changes.Any(change => !change.IsEmpty))
        {
            _changed.Raise();
        }

        // Touched Services are hinted even where nothing is new: the caller repeats a change whose first answer was lost.
        Hint(touched);
        return new NamespaceChange(_version, [.. touched]);
    }

    private void Put(VmiChange change)
    {
        if (change.Before is { } before)
        {
            _vmis.Remove(before.Uid);
            if (_names.TryGetValue(before.Name.Name, out Guid uid) && uid == before.Uid)
            {
                _names.Remove(before.Name.Name);
            }
        }

        if (change.After is { } after)
        {
            Put(after);
        }
    }

    private void Put(Vmi vmi)
    {
        _vmis[vmi.Uid] = vmi;
        _names[vmi.Name.Name] = vmi.Uid;
    }

    private void Hint(IEnumerable<NamespacedName> services)
    {
        foreach (NamespacedName service in services)
        {
            _unanswered[service] = _version;
            Service(service).MembersChanged(_version).Ignore();
        }
    }

    private Task RepeatHints(CancellationToken cancellation)
    {
        foreach ((NamespacedName service, ulong version) in _unanswered)
        {
            Service(service).MembersChanged(version).Ignore();
        }

        return Task.CompletedTask;
    }

    private async Task RememberNodeAsync(string node)
    {
        if (state.State.Nodes.Add(node))
        {
            await state.WriteStateAsync();
        }
    }

    private ImmutableArray<Vmi> Sorted() => [.. _vmis.Values.OrderBy(vmi => vmi.Name.Name, StringComparer.Ordinal)];

    private IServiceGrain Service(NamespacedName name) => GrainFactory.GetGrain<IServiceGrain>(name.ToString());
}
