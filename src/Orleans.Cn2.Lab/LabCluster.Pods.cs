using System.Collections.Immutable;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Lab.Pods;
using Orleans.Cn2.Lab.Requirements;
using Orleans.Cn2.Lab.State;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab;

public sealed partial class LabCluster
{
    /// <summary>
    /// Creates or changes workloads and ConfigMaps. A changed template gets new pods, the old ones are surplus.
    /// </summary>
    /// <param name="set">What to run. Of Services the lab minds what they ask of pods: these listen on it, also those that run already.</param>
    /// <param name="cancellationToken">Ends the work between two steps; what was made is recorded.</param>
    /// <exception cref="LabException">A pod can't be made: no nginx, no free address, no such node or ConfigMap.</exception>
    public async Task<LabChange> ApplyAsync(ManifestSet set, CancellationToken cancellationToken)
    {
        bool nginx = set.Workloads.Any(w => w.Template.Containers.Any(c => ContainerScript.IsNginx(c.Image)));
        if (LabRequirements.Missing(nginx) is { IsEmpty: false } missing)
        {
            throw new LabException(string.Join('\n', missing));
        }

        using IDisposable held = await _store.LockAsync(cancellationToken);
        LabState state = _store.Load();
        string[] maps = [.. set.ConfigMaps.Select(m => $"{m.Namespace}/{m.Name}")];
        state = state with { ConfigMaps = [.. state.ConfigMaps.Where(m => !maps.Contains($"{m.Namespace}/{m.Name}")), .. set.ConfigMaps] };
        foreach (WorkloadSpec spec in set.Workloads)
        {
            WorkloadRecord record = new(spec, PodNaming.Hash(spec.Template));
            state = state with { Workloads = [.. state.Workloads.Where(w => w.Spec.Id != spec.Id), record] };
        }

        state = state with
        {
            Targets = [.. state.Targets.Where(t => set.Targets.All(now => (now.Namespace, now.Name) != (t.Namespace, t.Name))), .. set.Targets],
        };
        _store.Save(state);
        state = await RelistenAsync(state, cancellationToken);
        return await ReconcileAsync(state, [.. set.Workloads.Select(w => w.Id)], cancellationToken);
    }

    /// <summary>Changes the number of pods of a workload.</summary>
    /// <exception cref="LabException">There is no such workload, or its kind can't be scaled.</exception>
    public async Task<LabChange> ScaleAsync(WorkloadId workload, int replicas, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(replicas);
        using IDisposable held = await _store.LockAsync(cancellationToken);
        LabState state = _store.Load();
        WorkloadRecord record = state.Workloads.FirstOrDefault(w => w.Spec.Id == workload)
            ?? throw new LabException($"there is no {workload}; there are: {string.Join(", ", state.Workloads.Select(w => w.Spec.Id))}");
        if (workload.Kind is WorkloadKind.DaemonSet or WorkloadKind.Pod)
        {
            throw new LabException($"{workload}: a {workload.Kind} can't be scaled");
        }

        state = state with { Workloads = state.Workloads.Replace(record, record with { Spec = record.Spec with { Replicas = replicas } }) };
        _store.Save(state);
        return await ReconcileAsync(state, [workload], cancellationToken);
    }

    /// <summary>Removes workloads from the wanted state; their pods are the surplus.</summary>
    public async Task<LabChange> DeleteAsync(IEnumerable<WorkloadId> workloads, CancellationToken cancellationToken)
    {
        WorkloadId[] gone = [.. workloads];
        using IDisposable held = await _store.LockAsync(cancellationToken);
        LabState state = _store.Load();
        _store.Save(state with { Workloads = [.. state.Workloads.Where(w => !gone.Contains(w.Spec.Id))] });
        return new([], [.. state.Pods.Select(p => p.Pod).Where(p => gone.Contains(p.Workload) && !p.Terminating)], 0);
    }

    /// <summary>Marks pods as terminating and tells the observer; they go on answering.</summary>
    public async Task BeginTerminationAsync(IEnumerable<LabPod> pods, CancellationToken cancellationToken)
    {
        string[] uids = [.. pods.Select(p => p.Uid)];
        using IDisposable held = await _store.LockAsync(cancellationToken);
        LabState state = _store.Load();
        PodRecord[] ending = [.. state.Pods.Where(p => uids.Contains(p.Pod.Uid) && !p.Pod.Terminating)];
        ending = [.. ending.Select(p => p with { Pod = p.Pod with { Terminating = true } })];
        _store.Save(With(state, ending));
        await TellAsync(ending, LabPodEvent.Terminating, cancellationToken);
    }

    /// <summary>Ends pods: SIGTERM, after <paramref name="grace"/> SIGKILL, then link, namespace and addresses are released.</summary>
    public async Task RemoveAsync(IEnumerable<LabPod> pods, TimeSpan grace, CancellationToken cancellationToken)
    {
        string[] uids = [.. pods.Select(p => p.Uid)];
        using IDisposable held = await _store.LockAsync(cancellationToken);
        LabState state = _store.Load();
        PodRecord[] ending = [.. state.Pods.Where(p => uids.Contains(p.Pod.Uid))];
        await Task.WhenAll(ending.Select(p => _pods.RemoveAsync(p, grace, cancellationToken)));
        _store.Save(state with { Pods = [.. state.Pods.Where(p => !uids.Contains(p.Pod.Uid))] });
        await TellAsync(ending, LabPodEvent.Removed, cancellationToken);
    }

    /// <summary>Probes all pods once and reports those whose readiness changed.</summary>
    public async Task<ImmutableArray<LabPod>> ProbeAsync(CancellationToken cancellationToken)
    {
        using IDisposable held = await _store.LockAsync(cancellationToken);
        LabState state = _store.Load();
        PodRecord[] probed = await Task.WhenAll(state.Pods.Select(async p =>
        {
            string? reason = await _pods.NotReadyAsync(p, cancellationToken);
            return p with { Pod = p.Pod with { Ready = reason is null, NotReadyReason = reason } };
        }));
        PodRecord[] changed = [.. probed.Where((p, i) => p.Pod.Ready != state.Pods[i].Pod.Ready)];
        _store.Save(state with { Pods = [.. probed] });
        await TellAsync(changed, LabPodEvent.ReadinessChanged, cancellationToken);
        return [.. changed.Select(p => p.Pod)];
    }

    /// <summary>Has running pods listen on what Services ask of them now.</summary>
    private async Task<LabState> RelistenAsync(LabState state, CancellationToken cancellationToken)
    {
        PodRecord[] asked = [.. state.Pods.Where(p => !p.Containers.IsEmpty && _pods.Relisten(p, state.Targets))];
        if (asked.Length == 0)
        {
            return state;
        }

        LabPod[] now = await Task.WhenAll(asked.Select(p => _pods.AwaitReadyAsync(p, cancellationToken)));
        PodRecord[] changed = [.. asked.Zip(now, (record, pod) => record with { Pod = pod }).Where((record, i) => record.Pod.Ready != asked[i].Pod.Ready)];
        state = With(state, changed);
        _store.Save(state);
        await TellAsync(changed, LabPodEvent.ReadinessChanged, cancellationToken);
        return state;
    }

    private async Task<LabChange> ReconcileAsync(LabState state, ImmutableArray<WorkloadId> ids, CancellationToken cancellationToken)
    {
        List<PodRecord> created = [];
        List<LabPod> surplus = [];
        int waiting = 0;
        foreach (WorkloadRecord workload in state.Workloads.Where(w => ids.Contains(w.Spec.Id)))
        {
            PodPlan plan = PodPlanner.Plan(workload, state.Pods, Nodes, _random);
            surplus.AddRange(plan.Surplus.Select(p => p.Pod));
            waiting += plan.Waiting;
            foreach (PodDraft draft in plan.Create)
            {
                (state, PodRecord record) = PodAddresses.Place(state, _plan, workload, draft);
                created.Add(record);
            }
        }

        // The state names every pod before anything of it exists, so that an interruption leaves nothing unknown.
        _store.Save(state);
        PodRecord[] made = await MakeAsync(state, [.. created], cancellationToken);
        await TellAsync(made, LabPodEvent.Created, cancellationToken);
        return new([.. made.Select(p => p.Pod)], [.. surplus], waiting);
    }

    private async Task<PodRecord[]> MakeAsync(LabState state, PodRecord[] pods, CancellationToken cancellationToken)
    {
        if (pods.Length == 0)
        {
            return pods;
        }

        _observer?.OnStep($"{pods.Length} pods: {string.Join(", ", pods.GroupBy(p => p.Pod.Workload.Name).Select(g => $"{g.Key} {g.Count()}"))}");
        try
        {
            await _pods.LinkAsync([.. pods.Select(p => p.Pod)], cancellationToken);
            for (int i = 0; i < pods.Length; i++)
            {
                pods[i] = pods[i] with { Containers = await _pods.StartAsync(pods[i], state.ConfigMaps, state.Targets) };
            }

            _store.Save(With(state, pods));
            LabPod[] ready = await Task.WhenAll(pods.Select(p => _pods.AwaitReadyAsync(p, cancellationToken)));
            pods = [.. pods.Zip(ready, (record, pod) => record with { Pod = pod })];
            _store.Save(With(state, pods));
            return pods;
        }
        catch
        {
            await Task.WhenAll(pods.Select(p => _pods.RemoveAsync(p, TimeSpan.Zero, CancellationToken.None)));
            string[] uids = [.. pods.Select(p => p.Pod.Uid)];
            _store.Save(state with { Pods = [.. state.Pods.Where(p => !uids.Contains(p.Pod.Uid))] });
            throw;
        }
    }

    private async Task TellAsync(IEnumerable<PodRecord> pods, LabPodEvent change, CancellationToken cancellationToken)
    {
        foreach (PodRecord record in pods)
        {
            await (_observer?.OnPodAsync(record.Pod, change, cancellationToken) ?? ValueTask.CompletedTask);
        }
    }

    private static LabState With(LabState state, IEnumerable<PodRecord> changed)
    {
        Dictionary<string, PodRecord> byUid = changed.ToDictionary(p => p.Pod.Uid);
        return state with { Pods = [.. state.Pods.Select(p => byUid.GetValueOrDefault(p.Pod.Uid, p))] };
    }
}
