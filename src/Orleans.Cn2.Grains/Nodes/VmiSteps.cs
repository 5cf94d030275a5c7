using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Grains.Nodes;

/// <summary>
/// What a node began with other grains for its VMIs and has yet to finish. Each step is in the node's record before its first call and may be repeated:
/// whatever dies, the node's check goes on with it. A step changes the record and leaves the saving to its caller, so that many are saved at once.
/// </summary>
internal sealed class VmiSteps(
    IPersistentState<NodeState> state, VmiClaims claims, IGrainFactory grains, string node, UntoldNamespaces untold)
{
    private NodeState State => state.State;

    /// <summary>True when there is something to finish.</summary>
    public bool Any => State.Acquiring.Count + State.Removing.Count + State.Releasing.Count + State.Moving.Count > 0;

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

    /// <summary>The VMI of a uid that the node has, or did not finish to remove; null when there is none.</summary>
    public Vmi? Find(Guid uid) => State.Vmis.GetValueOrDefault(uid)?.Vmi ?? State.Removing.GetValueOrDefault(uid);

    /// <summary>
    /// Takes a VMI out of its namespace, then gives up what it had. Not before the node that it came from forgot it: that one would have it again.
    /// </summary>
    public async Task<(NamespaceChange Change, bool Done)> FinishRemovalAsync(Vmi vmi)
    {
        NamespaceChange change = await grains.GetGrain<INamespaceGrain>(vmi.Name.Namespace).Remove(node, vmi.Uid);
        if (!await IsForgottenElsewhereAsync(vmi.Uid))
        {
            return (change, false);
        }

        await Task.WhenAll(claims.ReleaseAsync(vmi.Uid, vmi.Addresses), claims.ReleaseUidAsync(vmi));
        State.Removing.Remove(vmi.Uid);
        return (change, true);
    }

    /// <summary>Gives up what was taken for a VMI that was not registered after all. One that is registered under other addresses keeps those.</summary>
    public async Task<bool> UndoAsync(Vmi vmi)
    {
        Vmi? known = Find(vmi.Uid);
        await Task.WhenAll(
            claims.ReleaseAsync(vmi.Uid, vmi.Addresses.Except(known?.Addresses ?? [])),
            known is null ? claims.ReleaseUidAsync(vmi) : Task.CompletedTask);
        return State.Acquiring.Remove(vmi.Uid);
    }

    /// <summary>Begins to forget a VMI if another node took it over.</summary>
    /// <returns>That node; null where there is nothing to forget.</returns>
    public async Task<string?> SupersedeAsync(Guid uid)
    {
        if (!State.Vmis.TryGetValue(uid, out VmiRecord? record))
        {
            // It is thought to be here and is not: nobody must wait for that.
            if (!State.Acquiring.ContainsKey(uid) && !State.Removing.ContainsKey(uid))
            {
                await claims.ReleaseAbsentAsync(uid);
            }

            return null;
        }

        if (await VmiClaims.NodeOfAsync(grains, record.Vmi) is not { } holder || holder == node)
        {
            return null;
        }

        // What it has to forget itself is the new node's to see to.
        State.Moving.Remove(uid);
        State.Vmis.Remove(uid);
        State.Removing[uid] = record.Vmi;
        return holder;
    }

    /// <summary>Takes the uids of the VMIs that a build before this one registered. Such a build left a VMI that moved on its former node, too: that one forgets it.</summary>
    public async Task TakeUidsAsync()
    {
        await Task.WhenAll(State.Vmis.Values.ToArray().Select(async record =>
        {
            if (await SupersedeAsync(record.Vmi.Uid) is null)
            {
                await claims.AcquireUidAsync(record.Vmi);
            }
        }));
        State.TookUids = true;
    }

    /// <summary>Asks the nodes that a VMI came from to forget it, until none has it any more. By hints: nodes never wait for each other.</summary>
    private async Task<bool> IsForgottenElsewhereAsync(Guid uid)
    {
        if (!State.Moving.TryGetValue(uid, out ImmutableArray<string> former))
        {
            return true;
        }

        VmiHolders? holders = await claims.HoldersAsync(uid);
        string[] left = holders?.Node == node ? [.. former.Intersect(holders.Nodes)] : [];
        if (left.Length == 0)
        {
            State.Moving.Remove(uid);
            return true;
        }

        foreach (string other in left)
        {
            await grains.GetGrain<INodeGrain>(other).Supersede(uid);
        }

        return false;
    }

    private async Task<bool> MoveAsync(Guid uid)
    {
        if (!await IsForgottenElsewhereAsync(uid))
        {
            return false;
        }

        if (State.Vmis.TryGetValue(uid, out VmiRecord? record))
        {
            // The former node may have told of it after this one did.
            untold.Add(record.Vmi.Name.Namespace);
        }

        return true;
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
        .. State.Moving.Keys.Where(of).Select(uid => (Func<Task<bool>>)(() => MoveAsync(uid))),
        .. State.Releasing.Keys.Where(of).Select(uid => (Func<Task<bool>>)(() => ReleaseAsync(uid))),
    ];
}
