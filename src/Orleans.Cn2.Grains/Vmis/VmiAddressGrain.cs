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
        if (state.State.Owner is { } known && known.VmiUid != owner.VmiUid)
        {
            return known;
        }

        if (state.State.Owner != owner)
        {
            AddressOwner? former = state.State.Owner;
            state.State.Owner = owner;
            try
            {
                await state.WriteStateAsync();
            }
            catch
            {
                // Nobody may be told of an owner that is not stored.
                state.State.Owner = former;
                DeactivateOnIdle();
                throw;
            }
        }

        return owner;
    }

    public async Task Release(Guid vmiUid, string node)
    {
        if (state.State.Owner is { } owner && owner.VmiUid == vmiUid && owner.Node == node)
        {
            await state.ClearStateAsync();
        }
    }

    public Task<AddressOwner?> GetOwner() => Task.FromResult(state.State.Owner);
}

/// <summary>What is persisted of a VMI address.</summary>
[GenerateSerializer]
internal sealed class VmiAddressState
{
    [Id(0)]
    public AddressOwner? Owner { get; set; }
}
