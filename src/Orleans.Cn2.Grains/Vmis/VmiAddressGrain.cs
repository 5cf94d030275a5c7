using Orleans.Cn2.Contracts.Nodes;

namespace Orleans.Cn2.Grains.Vmis;

/// <summary>Persisted owner of one VMI address: the single place that keeps an address from two owners.</summary>
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
            state.State.Owner = owner;
            await state.WriteStateAsync();
        }

        return owner;
    }

    public async Task Release(Guid vmiUid)
    {
        if (state.State.Owner?.VmiUid == vmiUid)
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
