using System.Collections.Immutable;

namespace Orleans.Cn2.Core.Tables;

/// <summary>
/// The row-level difference of two tables of a Service: what a data plane has to write. A frontend stays itself by its id, a path by (address, port,
/// VMI id); of a re-created Service everything is new.
/// </summary>
/// <param name="Removed">Frontends that go, as they were.</param>
/// <param name="Added">Frontends that are new, with their paths.</param>
/// <param name="Changed">Frontends that stay and differ.</param>
public sealed record TableDiff(ImmutableArray<Frontend> Removed, ImmutableArray<Frontend> Added, ImmutableArray<FrontendChange> Changed)
{
    /// <summary>True when there is nothing to write.</summary>
    public bool IsEmpty => Removed.IsEmpty && Added.IsEmpty && Changed.IsEmpty;

    /// <summary>The difference; <see langword="null"/> stands for a Service that is not there.</summary>
    public static TableDiff Between(ServiceTable? previous, ServiceTable? next)
    {
        Dictionary<ulong, Frontend> before = previous is null ? [] : previous.Frontends.ToDictionary(frontend => frontend.Id);
        ImmutableArray<Frontend>.Builder added = ImmutableArray.CreateBuilder<Frontend>();
        ImmutableArray<FrontendChange>.Builder changed = ImmutableArray.CreateBuilder<FrontendChange>();
        foreach (Frontend frontend in next?.Frontends ?? [])
        {
            if (!before.Remove(frontend.Id, out Frontend? was))
            {
                added.Add(frontend);
            }
            else if (FrontendChange.Between(was, frontend) is FrontendChange change)
            {
                changed.Add(change);
            }
        }

        ImmutableArray<Frontend> removed = before.Count == 0 ? [] : [.. previous!.Frontends.Where(frontend => before.ContainsKey(frontend.Id))];
        return new(removed, added.DrainToImmutable(), changed.DrainToImmutable());
    }

    /// <summary>The frontends after the change, in canonical order.</summary>
    /// <exception cref="KeyNotFoundException">A change is of a frontend that <paramref name="frontends"/> has not.</exception>
    public ImmutableArray<Frontend> ApplyTo(ImmutableArray<Frontend> frontends)
    {
        Dictionary<ulong, Frontend> result = frontends.ToDictionary(frontend => frontend.Id);
        foreach (Frontend frontend in Removed)
        {
            result.Remove(frontend.Id);
        }

        foreach (FrontendChange change in Changed)
        {
            result[change.Row.Id] = change.ApplyTo(result[change.Row.Id]);
        }

        foreach (Frontend frontend in Added)
        {
            result.Add(frontend.Id, frontend);
        }

        ImmutableArray<Frontend> applied = [.. result.Values];
        return applied.Sort(FrontendOrder.Compare);
    }
}
