using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Grains.Vmis;

/// <summary>Persisted holders of a VMI's uid. Asked when its VMI comes, moves and goes: in between it need not stay in memory.</summary>
[CollectionAgeLimit(Minutes = 2)]
internal sealed class VmiUidGrain([PersistentState("vmi-uid")] IPersistentState<VmiUidState> state) : Grain, IVmiUidGrain
{
    public async Task<VmiHolders> Acquire(NamespacedName vmi, string node, string? former)
    {
        VmiHolders? known = state.State.Holders;
        if (known is not null && known.Vmi != vmi)
        {
            return known;
        }

        string[] before = [.. known?.Nodes ?? []];
        string[] others = former is null || before.Contains(former) ? before : [former, .. before];
        VmiHolders next = new(vmi, [.. others.Where(other => other != node), node]);
        if (!before.SequenceEqual(next.Nodes))
        {
            await StoreAsync(next);
        }

        return next;
    }

    public async Task Release(NamespacedName vmi, string node)
    {
        if (state.State.Holders is { } known && known.Vmi == vmi && known.Nodes.Contains(node))
        {
            await StoreAsync(known.Nodes.Length == 1 ? null : known with { Nodes = known.Nodes.Remove(node) });
        }
    }

    public Task<VmiHolders?> GetHolders() => Task.FromResult(state.State.Holders);

    private async Task StoreAsync(VmiHolders? holders)
    {
        VmiHolders? former = state.State.Holders;
        try
        {
            state.State.Holders = holders;
            await (holders is null ? state.ClearStateAsync() : state.WriteStateAsync());
        }
        catch
        {
            // Nobody may be told of a holder that is not stored.
            state.State.Holders = former;
            DeactivateOnIdle();
            throw;
        }
    }
}

/// <summary>What is persisted of a VMI's uid.</summary>
[GenerateSerializer]
internal sealed class VmiUidState
{
    [Id(0)]
    public VmiHolders? Holders { get; set; }
}
