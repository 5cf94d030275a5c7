using System.Collections.Immutable;

namespace Orleans.Cn2.Core.Tables;

/// <summary>What is different at a frontend that stays.</summary>
/// <param name="Row">Its own row as it is to be, without paths.</param>
/// <param name="RowChanged">False: only paths differ.</param>
/// <param name="Added">Paths that are new.</param>
/// <param name="Removed">Paths that go, as they were.</param>
/// <param name="Changed">Paths of another weight or state, as they are to be.</param>
public sealed record FrontendChange(
    Frontend Row,
    bool RowChanged,
    ImmutableArray<EcmpPath> Added,
    ImmutableArray<EcmpPath> Removed,
    ImmutableArray<EcmpPath> Changed)
{
    /// <summary>The change from one canonical list of paths to another, or null when nothing differs. Linear.</summary>
    public static FrontendChange? Between(Frontend previous, Frontend next)
    {
        ArgumentNullException.ThrowIfNull(previous);
        ArgumentNullException.ThrowIfNull(next);
        ImmutableArray<EcmpPath>.Builder added = ImmutableArray.CreateBuilder<EcmpPath>();
        ImmutableArray<EcmpPath>.Builder removed = ImmutableArray.CreateBuilder<EcmpPath>();
        ImmutableArray<EcmpPath>.Builder changed = ImmutableArray.CreateBuilder<EcmpPath>();
        int left = 0;
        int right = 0;
        while (left < previous.Paths.Length || right < next.Paths.Length)
        {
            int order = left == previous.Paths.Length ? 1
                : right == next.Paths.Length ? -1
                : PathOrder.Compare(previous.Paths[left], next.Paths[right]);
            if (order < 0)
            {
                removed.Add(previous.Paths[left++]);
            }
            else if (order > 0)
            {
                added.Add(next.Paths[right++]);
            }
            else
            {
                if (previous.Paths[left++] != next.Paths[right])
                {
                    changed.Add(next.Paths[right]);
                }

                right++;
            }
        }

        bool rowChanged = previous with { Paths = [] } != next with { Paths = [] };
        return rowChanged || added.Count + removed.Count + changed.Count > 0
            ? new(next with { Paths = [] }, rowChanged, added.DrainToImmutable(), removed.DrainToImmutable(), changed.DrainToImmutable())
            : null;
    }

    /// <summary>The frontend after the change.</summary>
    public Frontend ApplyTo(Frontend previous)
    {
        ArgumentNullException.ThrowIfNull(previous);
        SortedSet<EcmpPath> paths = new(previous.Paths, Comparer<EcmpPath>.Create(PathOrder.Compare));
        paths.ExceptWith(Removed.Concat(Changed));
        paths.UnionWith(Added.Concat(Changed));
        return Row with { Paths = [.. paths] };
    }
}
