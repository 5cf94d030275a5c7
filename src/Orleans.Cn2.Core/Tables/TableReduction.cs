using System.Collections.Immutable;

namespace Orleans.Cn2.Core.Tables;

/// <summary>
/// What can be done at once of a table that can't be programmed: what it no longer has ends, and what stops to be selectable stops. The result needs no
/// room that the table held does not have: no frontend, path or selectable path more, and weights as they are.
/// </summary>
public static class TableReduction
{
    /// <summary>The table held, without what the wanted one lacks.</summary>
    public static ServiceTable Of(ServiceTable held, ServiceTable wanted)
    {
        ArgumentNullException.ThrowIfNull(held);
        ArgumentNullException.ThrowIfNull(wanted);
        ImmutableArray<Frontend>.Builder frontends = ImmutableArray.CreateBuilder<Frontend>();
        foreach (Frontend frontend in held.Frontends)
        {
            if (wanted.Frontends.FirstOrDefault(each => each.Address == frontend.Address && each.Protocol == frontend.Protocol && each.Port == frontend.Port) is { } kept)
            {
                frontends.Add(frontend with { Paths = Reduce(frontend.Paths, kept.Paths) });
            }
        }

        return held with { Frontends = frontends.ToImmutable() };
    }

    private static ImmutableArray<EcmpPath> Reduce(ImmutableArray<EcmpPath> held, ImmutableArray<EcmpPath> wanted)
    {
        Dictionary<(Addressing.IpAddress Address, ushort Port, ulong VmiId), PathState> states = new(wanted.Length);
        foreach (EcmpPath path in wanted)
        {
            states.TryAdd((path.Address, path.Port, path.VmiId), path.State);
        }

        ImmutableArray<EcmpPath>.Builder paths = ImmutableArray.CreateBuilder<EcmpPath>(held.Length);
        foreach (EcmpPath path in held)
        {
            if (states.TryGetValue((path.Address, path.Port, path.VmiId), out PathState state))
            {
                paths.Add(path with { State = state == PathState.Active ? path.State : state });
            }
        }

        return paths.ToImmutable();
    }
}
