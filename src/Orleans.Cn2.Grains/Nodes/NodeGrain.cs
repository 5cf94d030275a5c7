using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Vmis;
using VmiOutcome = Orleans.Cn2.Contracts.Nodes.VmiOutcome;
using VmiUpdate = Orleans.Cn2.Contracts.Nodes.VmiUpdate;

namespace Orleans.Cn2.Grains.Nodes;

/// <summary>
/// A node with its VMIs. A node that never had a worker keeps its VMIs as paths (workloads beyond the vRouters' nodes); once it had one, its VMIs leave
/// ECMP when the worker is gone for longer than the grace, and come back with it. One that was lost repeatedly is held back after its return: its VMIs drain,
/// as they do while somebody asked for that, until it stood for a while.
/// </summary>
internal sealed class NodeGrain(
    [PersistentState("node")] IPersistentState<NodeState> state, IOptions<Cn2GrainsOptions> options, TimeProvider time, ILogger<NodeGrain> log)
    : Grain, INodeGrain
{
    private static readonly TimeSpan CheckPeriod = TimeSpan.FromSeconds(1);
    private readonly HashSet<string> _enteredNamespaces = [];
    private readonly NodeStream _stream = new(time);
    private NodeSnapshot _stored = null!;
    private IGrainTimer? _check;
    private NodeAging _aging = null!;
    private VmiSteps _steps = null!;
    private UntoldNamespaces _untold = null!;

    private NodeState State => state.State;

    private string Name => this.GetPrimaryKeyString();

    private VmiClaims Claims => new(GrainFactory, Name);

    private NodePresence Presence =>
        _stream.Stands ? NodePresence.Connected : !State.HadWorker ? NodePresence.Never : State.Lost ? NodePresence.Lost : NodePresence.Grace;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _stored = new NodeSnapshot(State);
        _aging = new NodeAging(options.Value, _stream, time.GetUtcNow(), Name, log);

        // Done by the timer: a namespace grain that starts at the same time waits for this one.
        _untold = new UntoldNamespaces(GrainFactory, Name);
        _steps = new VmiSteps(state, Claims, GrainFactory, Name, _untold);
        _untold.Add(State.Untold ?? _stored.Namespaces);
        Tend();
        return Task.CompletedTask;
    }

    public async Task<NodeView> Register(NodeSpec spec)
    {
        NodeRules.Check(Name, spec);
        await GrainFactory.GetGrain<IClusterGrain>(IClusterGrain.Key).EnterNode(Name);
        bool zoneChanged = State.Spec is { } former && former.Zone != spec.Zone;
        if (State.Spec is null)
        {
            (State.Uid, State.CreatedAt, State.TookUids) = (Guid.NewGuid(), time.GetUtcNow(), true);
        }

        State.Spec = spec;
        if (zoneChanged)
        {
            foreach (VmiRecord record in State.Vmis.Values.ToArray())
            {
                State.Vmis[record.Vmi.Uid] = record with { Vmi = record.Vmi with { Zone = spec.Zone } };
            }
        }

        await (zoneChanged ? SaveAndTellAllAsync() : SaveAsync());
        return View(spec);
    }

    public Task<NodeView?> Get() => Task.FromResult(State.Spec is { } spec ? View(spec) : null);

    public async Task<Fence> Delete()
    {
        Require();
        Fence fence = Fence.None;

        // What is yet to be finished would be forgotten with the record.
        await FinishAsync(_steps.Pending());
        foreach (VmiRecord record in State.Vmis.Values.ToArray())
        {
            fence = fence.And(await DeregisterVmi(record.Vmi.Uid));
        }

        if (_steps.Any)
        {
            throw new OutcomeUnknownException(
                "Node", Name, $"nodes \"{Name}\" is not deleted yet: a node that one of its VMIs came from has yet to forget that; repeat the request");
        }

        await GrainFactory.GetGrain<IClusterGrain>(IClusterGrain.Key).RemoveNode(Name);
        await state.ClearStateAsync();
        _stored = new NodeSnapshot(State);
        await GrainFactory.GetGrain<IProgressGrain>(IProgressGrain.Key).Forget(Name);
        _check?.Dispose();
        _check = null;
        log.Deleted(Name);
        DeactivateOnIdle();
        return fence;
    }

    public async Task<DrainOutcome> SetDraining(bool draining)
    {
        NodeSpec spec = Require();
        if (State.Draining == draining)
        {
            return new DrainOutcome(View(spec), await TellAllAsync());
        }

        State.Draining = draining;
        Fence fence = await SaveAndTellAllAsync();
        log.Draining(Name, draining ? "drains" : "drains no more", State.Vmis.Count);
        return new DrainOutcome(View(spec), fence);
    }

    public async Task<VmiOutcome> RegisterVmi(Vmi vmi, int leaseSeconds)
    {
        NodeSpec spec = Require();
        vmi = SharedTexts.Of(vmi with { Node = Name, Zone = spec.Zone });
        if (_steps.Find(vmi.Uid) is { } known)
        {
            VmiClaims.RequireSame(vmi, known.Name);
        }

        INamespaceGrain ns = Namespace(vmi);
        Vmi? sameName = await ns.FindKnown(vmi.Name.Name);
        if (sameName is not null && sameName.Uid != vmi.Uid)
        {
            throw new ObjectExistsException("Vmi", vmi.Name.ToString(), $"vmis \"{vmi.Name.Name}\" already exists with uid {sameName.Uid} on node {sameName.Node}");
        }

        await FinishAsync(_steps.Pending(vmi.Uid));
        if (State.Removing.ContainsKey(vmi.Uid))
        {
            throw new OutcomeUnknownException("Vmi", vmi.Name.ToString(), $"vmis \"{vmi.Name.Name}\" is being removed: repeat the request");
        }

        string? elsewhere = sameName is not null && sameName.Node != Name ? sameName.Node : null;
        if (elsewhere is not null)
        {
            // It may have been here before, and comes back before this was forgotten.
            await Supersede(vmi.Uid);
        }

        State.Vmis.TryGetValue(vmi.Uid, out VmiRecord? former);
        ImmutableArray<string> moving = [];
        if (former is null || !former.Vmi.Addresses.Equals(vmi.Addresses))
        {
            _steps.Acquire(vmi);
            await SaveAsync();
            try
            {
                moving = await Claims.AcquireAsync(vmi, spec, elsewhere);
            }
            catch
            {
                await _steps.UndoAsync(vmi);
                await SaveAsync();
                throw;
            }
        }

        if (!_enteredNamespaces.Contains(vmi.Name.Namespace))
        {
            await Task.WhenAll(
                GrainFactory.GetGrain<IClusterGrain>(IClusterGrain.Key).EnterNamespace(vmi.Name.Namespace), ns.EnterNode(Name));

            // Not before both have answered: what failed is done again by the next registration.
            _enteredNamespaces.Add(vmi.Name.Namespace);
        }

        State.Acquiring.Remove(vmi.Uid);
        State.Vmis[vmi.Uid] = former?.Renew(vmi, leaseSeconds, time.GetUtcNow(), _aging.HoldOf) ?? new VmiRecord(vmi, leaseSeconds, time.GetUtcNow());
        if (!moving.IsEmpty)
        {
            State.Moving[vmi.Uid] = moving;
        }

        _steps.GiveUp(vmi.Uid, former?.AddressesLostBy(vmi) ?? []);
        bool alone = await SaveAsync(vmi.Name.Namespace);
        VmiOutcome outcome = new(vmi, await TellAsync(vmi.Uid, alone));

        // After the namespace was told, so that nobody else has an address that it still knows to be this VMI's.
        await FinishAsync(_steps.Pending(vmi.Uid));
        return outcome;
    }

    public async Task<VmiOutcome> UpdateVmi(Guid uid, VmiUpdate update)
    {
        VmiRecord record = Record(uid);
        Core.Vmis.VmiOutcome changed = VmiRules.Update(record.Vmi, update.ToCore());
        if (changed.Vmi is not { } vmi)
        {
            throw new InvalidObjectException("Vmi", record.Vmi.Name.ToString(), changed.Violations);
        }

        bool alone = false;
        if (vmi != record.Vmi)
        {
            State.Vmis[uid] = record with { Vmi = vmi };
            alone = await SaveAsync(vmi.Name.Namespace);
        }

        return new VmiOutcome(vmi, await TellAsync(vmi.Uid, alone));
    }

    public async Task<Fence> DeregisterVmi(Guid uid)
    {
        Vmi vmi = Record(uid).Vmi;
        State.Vmis.Remove(uid);
        State.Removing[uid] = vmi;
        await SaveAsync();
        (NamespaceChange change, _) = await _steps.FinishRemovalAsync(vmi);
        await SaveAsync();
        return UntoldNamespaces.ToFence(change);
    }

    public async Task Supersede(Guid uid)
    {
        if (await _steps.SupersedeAsync(uid) is { } holder)
        {
            await SaveAsync();
            log.Superseded(State.Removing[uid].Name, Name, holder);
            await FinishAsync(_steps.Pending(uid));
        }
    }

    public Task<Vmi?> GetVmi(Guid uid) => Task.FromResult(_stored.Records.FirstOrDefault(record => record.Vmi.Uid == uid)?.Vmi);

    public Task<ImmutableArray<Vmi>> ListVmis() => Task.FromResult<ImmutableArray<Vmi>>(
        [.. _stored.Records.Select(record => record.Vmi)
            .OrderBy(vmi => vmi.Name.Namespace, StringComparer.Ordinal).ThenBy(vmi => vmi.Name.Name, StringComparer.Ordinal)]);

    public Task<ImmutableArray<NodeMembers>> VmisOf(ImmutableArray<string> namespaces) =>
        Task.FromResult<ImmutableArray<NodeMembers>>([.. namespaces.Select(_stored.MembersOf)]);

    public Task Wake() => Task.CompletedTask;

    public async Task StreamUp(ulong session)
    {
        if (State.Spec is null || !_stream.Up(session))
        {
            return;
        }

        bool back = State.Lost;
        if (State.HadWorker && !back)
        {
            return;
        }

        (State.Lost, State.HadWorker, State.HeldBack) = (false, true, _aging.HoldOf(State.Losses) > TimeSpan.Zero);
        await (back ? SaveAndTellAllAsync() : SaveAsync());
        if (back)
        {
            log.Returned(Name);
        }

        if (State.HeldBack)
        {
            log.HeldBack(Name, State.Losses.Count, _aging.HoldOf(State.Losses));
        }
    }

    public Task StreamDown(ulong session)
    {
        _stream.Down(session);
        return Task.CompletedTask;
    }

    // While there is something to look after: a name that no node has is not kept in memory by those who ask for it.
    private void Tend()
    {
        if (!State.IsEmpty)
        {
            _check ??= this.RegisterGrainTimer(CheckAsync, new GrainTimerCreationOptions(TimeSpan.Zero, CheckPeriod) { KeepAlive = true });
        }
    }

    private async Task CheckAsync(CancellationToken cancellation)
    {
        // First losses, leases and hold-back, which wait for no other grain. None that can't be reached keeps the node from what it has to do with the others.
        await TryAsync(AgeAsync);
        await Task.WhenAll(_untold.Names.Select(ns => TryAsync(() => _untold.TellAsync(ns, _stored))));
        await TryAsync(TakeUidsAsync);
        await TryAsync(() => FinishAsync(_steps.Pending(), TryAsync));
    }

    // What failed is still stored, or noted in _untold.
    private async Task<bool> TryAsync(Func<Task<bool>> step)
    {
        try
        {
            return await step();
        }
        catch (Exception failure)
        {
            log.CheckFailed(Name, failure.Message);
            return false;
        }
    }

    private async Task FinishAsync(Func<Task<bool>>[] steps, Func<Func<Task<bool>>, Task<bool>>? run = null)
    {
        bool[] finished = await Task.WhenAll(steps.Select(run ?? (step => step())));
        if (finished.Contains(true))
        {
            await SaveAsync();
        }
    }

    private Task<bool> TryAsync(Func<Task> step) => TryAsync(async () =>
    {
        await step();
        return true;
    });

    private async Task TakeUidsAsync()
    {
        if (!State.TookUids && State.Spec is not null)
        {
            await _steps.TakeUidsAsync();
            await SaveAsync();
        }
    }

    private async Task AgeAsync()
    {
        if (_aging.Age(State, _stored, time.GetUtcNow()) is { } concerned)
        {
            _untold.Add(concerned);
            await SaveAsync();
        }
    }

    private async Task<Fence> SaveAndTellAllAsync()
    {
        _untold.Add(State.Namespaces);
        await SaveAsync();
        return await TellAllAsync();
    }

    private Task<Fence> TellAllAsync()
    {
        _untold.Add(State.Namespaces);
        return _untold.TellAllAsync(_stored);
    }

    private Task<Fence> TellAsync(Guid uid, bool alone) => _untold.TellAsync(State.Vmis[uid].Effective(State.Drains), alone);

    /// <summary>Saves a change of one VMI; until its namespace has answered, it counts as not told: the check repeats it, also that of the next activation.</summary>
    /// <returns>True when nothing else of the namespace is untold.</returns>
    private async Task<bool> SaveAsync(string ns)
    {
        bool alone = _untold.Add(ns);
        await SaveAsync();
        return alone;
    }

    private async Task SaveAsync()
    {
        State.ResourceVersion++;
        State.Untold = _untold.Names;
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            // What is in memory is no longer what is stored: the next activation begins from that.
            DeactivateOnIdle();
            throw;
        }

        _stored = new NodeSnapshot(State);
        Tend();
    }

    private NodeSpec Require() => State.Spec ?? throw new ObjectNotFoundException("Node", Name, $"nodes \"{Name}\" not found: register the node first");

    private VmiRecord Record(Guid uid) =>
        State.Vmis.GetValueOrDefault(uid) ?? throw new ObjectNotFoundException("Vmi", uid.ToString(), $"VMI of uid {uid} not found on node {Name}");

    private NodeView View(NodeSpec spec) =>
        new(Name, State.Uid, State.ResourceVersion, State.CreatedAt, spec, Presence, _stream.LastSeen, _stored.Records.Length, State.Draining, State.HeldBack);

    private INamespaceGrain Namespace(Vmi vmi) => GrainFactory.GetGrain<INamespaceGrain>(vmi.Name.Namespace);
}
