using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Grains.Nodes;

/// <summary>
/// What a node began with other grains for its VMIs and has yet to finish. Each step is in the node's record before its first call and may be repeated:
/// whatever dies, the node's check goes on with it. A step changes the record and leaves the saving to its caller, so that many are saved at once.
/// </summary>
internal sealed class VmiSteps(IPersistentState<NodeState> state, VmiClaims claims, IGrainFactory grains, string node)
{
    private NodeState State => state.State;

    /// <summary>True when there is something to finish.</summary>
    public bool Any => State.Acquiring.Count + State.Removing.Count + State.Releasing.Count > 0;

    /// <summary>All there is to finish; a step answers whether it is finished.</summary>
    public Func<Task<bool>>[] Pending() => Pending(_ => true);

    /// <summary>What there is to finish for one VMI.</summary>
    public Func<Task<bool>>[] Pending(Guid vmi) => Pending(uid => uid == vmi);

    /// <summary>Begins to take the addresses of a VMI.</summary>
    public void Acquire(Vmi vmi)
    {
        State.Acquiring[vmi.Uid] = vmi;
        GiveUp(vmi.Uid, []);
    }

    /// <summary>Begins to give up addresses that a VMI no longer has; those that it took again meanwhile are its own.</summary>
    public void GiveUp(Guid uid, IEnumerable<IpAddress> lost)
    {
        IEnumerable<IpAddress> kept = (State.Vmis.GetValueOrDefault(uid)?.Vmi.Addresses ?? []).Concat(State.Acquiring.GetValueOrDefault(uid)?.Addresses ?? []);
        IpAddress[] left = [.. State.Releasing.GetValueOrDefault(uid, []).Concat(lost).Except(kept)];
        State.Releasing.Remove(uid);
        if (left.Length > 0)
        {
            State.Releasing[uid] = [.. left];
        }
    }

    /// <summary>Takes a VMI out of its namespace, then gives up what it had.</summary>
    public async Task<(NamespaceChange Change, bool Done)> FinishRemovalAsync(Vmi vmi)
    {
        NamespaceChange change = await grains.GetGrain<INamespaceGrain>(vmi.Name.Namespace).Remove(node, vmi.Uid);
        await claims.ReleaseAsync(vmi.Uid, vmi.Addresses);
        State.Removing.Remove(vmi.Uid);
        return (change, true);
    }

    /// <summary>Gives up what was taken for a VMI that was not registered after all. One that is registered under other addresses keeps those.</summary>
    public async Task<bool> UndoAsync(Vmi vmi)
    {
        await claims.ReleaseAsync(vmi.Uid, vmi.Addresses.Except(State.Vmis.GetValueOrDefault(vmi.Uid)?.Vmi.Addresses ?? []));
        return State.Acquiring.Remove(vmi.Uid);
    }

    private async Task<bool> ReleaseAsync(Guid uid)
    {
        await claims.ReleaseAsync(uid, State.Releasing[uid]);
        return State.Releasing.Remove(uid);
    }

    private Func<Task<bool>>[] Pending(Func<Guid, bool> of) =>
    [
        .. State.Acquiring.Values.Where(vmi => of(vmi.Uid)).Select(vmi => (Func<Task<bool>>)(() => UndoAsync(vmi))),
        .. State.Removing.Values.Where(vmi => of(vmi.Uid)).Select(vmi => (Func<Task<bool>>)(async () => (await FinishRemovalAsync(vmi)).Done)),
        .. State.Releasing.Keys.Where(of).Select(uid => (Func<Task<bool>>)(() => ReleaseAsync(uid))),
    ];
}
