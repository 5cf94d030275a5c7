using Orleans.Cn2.Contracts.Nodes;

namespace Orleans.Cn2.Grains.Vmis;

/// <summary>
/// Persisted owner of one VMI address: the single place that keeps an address from two owners. There are more of them than of anything else, and each is asked
/// when its VMI comes and goes: in between it need not stay in memory.
/// </summary>
[CollectionAgeLimit(Minutes = 2)]
internal sealed class VmiAddressGrain([PersistentState("vmi-address")] IPersistentState<VmiAddressState> state) : Grain, IVmiAddressGrain
{
    public async Task<AddressOwner> Acquire(AddressOwner owner)
    {
        AddressOwner? known = state.State.Owner;
        if (known is not null && (known.VmiUid != owner.VmiUid || known.Vmi != owner.Vmi))
        {
            return known;
        }

        if (known != owner)
        {
            await StoreAsync(owner, [.. Nodes.Where(node => node != owner.Node)]);
        }

        return owner;
    }

    public async Task Release(Guid vmiUid, string node)
    {
        if (state.State.Owner is { } owner && owner.VmiUid == vmiUid && Nodes.Contains(node))
        {
            string[] left = [.. Nodes.Where(other => other != node)];
            await (left.Length == 0 ? state.ClearStateAsync() : StoreAsync(owner with { Node = left[^1] }, left[..^1]));
        }
    }

    public Task<AddressOwner?> GetOwner() => Task.FromResult(state.State.Owner);

    // In the order in which they took it.
    private IEnumerable<string> Nodes => state.State.Owner is { } owner ? [.. state.State.Former, owner.Node] : [];

    private async Task StoreAsync(AddressOwner owner, string[] former)
    {
        (AddressOwner? ownerBefore, string[] formerBefore) = (state.State.Owner, state.State.Former);
        (state.State.Owner, state.State.Former) = (owner, former);
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            // Nobody may be told of an owner that is not stored.
            (state.State.Owner, state.State.Former) = (ownerBefore, formerBefore);
            DeactivateOnIdle();
            throw;
        }
    }
}

/// <summary>What is persisted of a VMI address.</summary>
[GenerateSerializer]
internal sealed class VmiAddressState
{
    [Id(0)]
    public AddressOwner? Owner { get; set; }

    /// <summary>Nodes that had the owner before and did not release the address yet, the latest last.</summary>
    [Id(1)]
    public string[] Former { get; set; } = [];
}
