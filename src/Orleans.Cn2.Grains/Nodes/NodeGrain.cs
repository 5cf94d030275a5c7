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
/// ECMP when the worker is gone for longer than the grace, and come back with it.
/// </summary>
internal sealed class NodeGrain(
    [PersistentState("node")] IPersistentState<NodeState> state, IOptions<Cn2GrainsOptions> options, TimeProvider time, ILogger<NodeGrain> log)
    : Grain, INodeGrain
{
    private static readonly TimeSpan CheckPeriod = TimeSpan.FromSeconds(1);
    private readonly HashSet<string> _enteredNamespaces = [];
    private readonly HashSet<Guid> _drained = [];
    private ulong _session;
    private bool _up;
    private DateTimeOffset? _lastSeen;
    private DateTimeOffset _downSince;

    private NodeState State => state.State;

    private string Name => this.GetPrimaryKeyString();

    private VmiClaims Claims => new(GrainFactory, Name);

    private NodePresence Presence =>
        _up ? NodePresence.Connected : !State.HadWorker ? NodePresence.Never : State.Lost ? NodePresence.Lost : NodePresence.Grace;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // Whether the worker's stream stands is told again within seconds; until then the grace runs.
        _downSince = time.GetUtcNow();
        foreach (Vmi vmi in State.Acquiring.Values.ToArray())
        {
            await UndoAsync(vmi);
        }

        foreach (Vmi vmi in State.Removing.Values.ToArray())
        {
            await FinishRemovalAsync(vmi);
        }

        this.RegisterGrainTimer(CheckAsync, CheckPeriod, CheckPeriod);
    }

    public async Task<NodeView> Register(NodeSpec spec)
    {
        NodeRules.Check(Name, spec);
        await GrainFactory.GetGrain<IClusterGrain>(IClusterGrain.Key).EnterNode(Name);
        bool zoneChanged = State.Spec is { } former && former.Zone != spec.Zone;
        State.Uid = State.Spec is null ? Guid.NewGuid() : State.Uid;
        State.CreatedAt = State.Spec is null ? time.GetUtcNow() : State.CreatedAt;
        State.Spec = spec;
        await SaveAsync();
        if (zoneChanged)
        {
            foreach (VmiRecord record in State.Vmis.Values.ToArray())
            {
                State.Vmis[record.Vmi.Uid] = record with { Vmi = record.Vmi with { Zone = spec.Zone } };
            }

            await SaveAsync();
            await TellAllAsync();
        }

        return View(spec);
    }

    public Task<NodeView?> Get() => Task.FromResult(State.Spec is { } spec ? View(spec) : null);

    public async Task<Fence> Delete()
    {
        Require();
        Fence fence = Fence.None;
        foreach (VmiRecord record in State.Vmis.Values.ToArray())
        {
            fence = fence.And(await DeregisterVmi(record.Vmi.Uid));
        }

        await GrainFactory.GetGrain<IClusterGrain>(IClusterGrain.Key).RemoveNode(Name);
        await state.ClearStateAsync();
        await GrainFactory.GetGrain<IProgressGrain>(IProgressGrain.Key).Forget(Name);
        log.Deleted(Name);
        DeactivateOnIdle();
        return fence;
    }

    public async Task<VmiOutcome> RegisterVmi(Vmi vmi, int leaseSeconds)
    {
        NodeSpec spec = Require();
        vmi = vmi with { Node = Name, Zone = spec.Zone };
        INamespaceGrain ns = Namespace(vmi);
        if (await ns.Find(vmi.Name.Name) is { } sameName && sameName.Uid != vmi.Uid)
        {
            throw new ObjectExistsException("Vmi", vmi.Name.ToString(), $"vmis \"{vmi.Name.Name}\" already exists with uid {sameName.Uid} on node {sameName.Node}");
        }

        State.Vmis.TryGetValue(vmi.Uid, out VmiRecord? former);
        if (former is null || !former.Vmi.Addresses.Equals(vmi.Addresses))
        {
            State.Acquiring[vmi.Uid] = vmi;
            await SaveAsync();
            try
            {
                await Claims.AcquireAsync(vmi, spec);
            }
            catch
            {
                await UndoAsync(vmi);
                throw;
            }
        }

        if (_enteredNamespaces.Add(vmi.Name.Namespace))
        {
            await GrainFactory.GetGrain<IClusterGrain>(IClusterGrain.Key).EnterNamespace(vmi.Name.Namespace);
        }

        State.Acquiring.Remove(vmi.Uid);
        State.Vmis[vmi.Uid] = new VmiRecord(vmi, leaseSeconds, time.GetUtcNow());
        _drained.Remove(vmi.Uid);
        await SaveAsync();
        if (former is not null)
        {
            await Claims.ReleaseAsync(vmi, former.AddressesLostBy(vmi));
        }

        return new VmiOutcome(vmi, await TellAsync(vmi));
    }

    public async Task<VmiOutcome> UpdateVmi(Guid uid, VmiUpdate update)
    {
        VmiRecord record = Record(uid);
        Core.Vmis.VmiOutcome changed = VmiRules.Update(record.Vmi, new Core.Vmis.VmiUpdate
        {
            Ready = update.Ready,
            Serving = update.Serving,
            Terminating = update.Terminating,
            Weight = update.Weight,
            Labels = update.Labels,
        });
        if (changed.Vmi is not { } vmi)
        {
            throw new InvalidObjectException("Vmi", record.Vmi.Name.ToString(), changed.Violations);
        }

        if (vmi != record.Vmi)
        {
            State.Vmis[uid] = record with { Vmi = vmi };
            await SaveAsync();
        }

        return new VmiOutcome(vmi, await TellAsync(vmi));
    }

    public async Task<Fence> DeregisterVmi(Guid uid)
    {
        Vmi vmi = Record(uid).Vmi;
        State.Vmis.Remove(uid);
        State.Removing[uid] = vmi;
        await SaveAsync();
        return await FinishRemovalAsync(vmi);
    }

    public Task<Vmi?> GetVmi(Guid uid) => Task.FromResult(State.Vmis.GetValueOrDefault(uid)?.Vmi);

    public Task<ImmutableArray<Vmi>> ListVmis() => Task.FromResult<ImmutableArray<Vmi>>(
        [.. State.Vmis.Values.Select(record => record.Vmi)
            .OrderBy(vmi => vmi.Name.Namespace, StringComparer.Ordinal).ThenBy(vmi => vmi.Name.Name, StringComparer.Ordinal)]);

    public Task<ImmutableArray<Vmi>> VmisOf(string ns) => Task.FromResult(Participating(ns));

    public async Task StreamUp(ulong session)
    {
        if (session < _session || State.Spec is null)
        {
            return;
        }

        bool back = State.Lost;
        (_session, _up, _lastSeen) = (session, true, time.GetUtcNow());
        if (back || !State.HadWorker)
        {
            (State.Lost, State.HadWorker) = (false, true);
            await SaveAsync();
        }

        if (back)
        {
            log.Returned(Name);
            await TellAllAsync();
        }
    }

    public Task StreamDown(ulong session)
    {
        if (session == _session && _up)
        {
            (_up, _downSince) = (false, time.GetUtcNow());
        }

        return Task.CompletedTask;
    }

    private async Task CheckAsync(CancellationToken cancellation)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (_up && now - _lastSeen > options.Value.Heartbeat * 4)
        {
            (_up, _downSince) = (false, now);
        }

        if (!_up && State is { HadWorker: true, Lost: false, Spec: not null } && now - _downSince >= options.Value.NodeGrace)
        {
            State.Lost = true;
            await SaveAsync();
            log.Lost(Name, options.Value.NodeGrace);
            await TellAllAsync();
        }

        foreach (VmiRecord record in State.Vmis.Values.Where(record => !ReferenceEquals(record.At(now), record.Vmi) && !_drained.Contains(record.Vmi.Uid)).ToArray())
        {
            await TellAsync(record.Vmi);
            _drained.Add(record.Vmi.Uid);
            log.LeaseExpired(record.Vmi.Name, record.LeaseSeconds);
        }
    }

    private async Task<Fence> TellAsync(Vmi vmi)
    {
        if (State.Lost)
        {
            return Fence.None;
        }

        Vmi now = State.Vmis.TryGetValue(vmi.Uid, out VmiRecord? record) ? record.At(time.GetUtcNow()) : vmi;
        return ToFence(await Namespace(vmi).Upsert(now));
    }

    private async Task TellAllAsync()
    {
        foreach (string ns in State.Vmis.Values.Select(record => record.Vmi.Name.Namespace).Distinct().ToArray())
        {
            await GrainFactory.GetGrain<INamespaceGrain>(ns).UpsertAll(Name, Participating(ns));
        }
    }

    private async Task<Fence> FinishRemovalAsync(Vmi vmi)
    {
        NamespaceChange change = await Namespace(vmi).Remove(vmi.Uid);
        await Claims.ReleaseAsync(vmi, vmi.Addresses);
        State.Removing.Remove(vmi.Uid);
        await SaveAsync();
        return ToFence(change);
    }

    private async Task UndoAsync(Vmi vmi)
    {
        // A VMI that is registered under other addresses keeps those.
        IEnumerable<Core.Addressing.IpAddress> own = State.Vmis.TryGetValue(vmi.Uid, out VmiRecord? record) ? record.Vmi.Addresses : [];
        await Claims.ReleaseAsync(vmi, vmi.Addresses.Except(own));
        State.Acquiring.Remove(vmi.Uid);
        await SaveAsync();
    }

    private ImmutableArray<Vmi> Participating(string ns) => State.Lost
        ? []
        : [.. State.Vmis.Values.Where(record => record.Vmi.Name.Namespace == ns).Select(record => record.At(time.GetUtcNow()))];

    private Task SaveAsync()
    {
        State.ResourceVersion++;
        return state.WriteStateAsync();
    }

    private NodeSpec Require() => State.Spec ?? throw new ObjectNotFoundException("Node", Name, $"nodes \"{Name}\" not found: register the node first");

    private VmiRecord Record(Guid uid) =>
        State.Vmis.GetValueOrDefault(uid) ?? throw new ObjectNotFoundException("Vmi", uid.ToString(), $"VMI of uid {uid} not found on node {Name}");

    private NodeView View(NodeSpec spec) =>
        new(Name, State.Uid, State.ResourceVersion, State.CreatedAt, spec, Presence, _lastSeen, State.Vmis.Count);

    private INamespaceGrain Namespace(Vmi vmi) => GrainFactory.GetGrain<INamespaceGrain>(vmi.Name.Namespace);

    private static Fence ToFence(NamespaceChange change) => Fence.Of(change.Touched.Select(service => new MembersMark(service, change.Version)));
}
