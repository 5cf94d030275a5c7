using System.Collections.Immutable;

namespace Orleans.Cn2.Core.Collections;

/// <summary>Makes <see cref="ValueList{T}"/>; collection expressions come here.</summary>
public static class ValueList
{
    /// <summary>A list of the given elements.</summary>
    public static ValueList<T> Create<T>(ReadOnlySpan<T> items) => items.IsEmpty ? ValueList<T>.Empty : new([.. items]);

    /// <summary>A list of the elements of <paramref name="items"/>.</summary>
    public static ValueList<T> ToValueList<T>(this IEnumerable<T> items)
    {
        ImmutableArray<T> all = [.. items];
        return all.IsEmpty ? ValueList<T>.Empty : new(all);
    }
}
