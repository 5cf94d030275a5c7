using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Orleans.Cn2.Core.Collections;

/// <summary>
/// An immutable list that compares by its elements, so that records which hold lists compare by value.
/// Being a class, <see langword="null"/> stands for a field that was omitted and an empty list for one given as <c>[]</c>.
/// </summary>
/// <typeparam name="T">The element, itself compared by value.</typeparam>
[GenerateSerializer, Immutable]
[CollectionBuilder(typeof(ValueList), nameof(ValueList.Create))]
public sealed class ValueList<T> : IReadOnlyList<T>, IEquatable<ValueList<T>>
{
    [Id(0)] private readonly ImmutableArray<T> _items;

    /// <summary>A list over <paramref name="items"/>; a default array counts as empty.</summary>
    public ValueList(ImmutableArray<T> items) => _items = items.IsDefault ? [] : items;

    /// <summary>The empty list, of which one is enough.</summary>
    internal static ValueList<T> Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _items.Length;

    /// <inheritdoc/>
    public T this[int index] => _items[index];

    /// <summary>The elements as a span, for loops that must not allocate.</summary>
    public ReadOnlySpan<T> AsSpan() => _items.AsSpan();

    /// <summary>The elements as the framework's immutable array; no copy.</summary>
    public ImmutableArray<T> ToImmutableArray() => _items;

    /// <summary>Enumerates without allocating.</summary>
    public ImmutableArray<T>.Enumerator GetEnumerator() => _items.GetEnumerator();

    IEnumerator<T> IEnumerable<T>.GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable)_items).GetEnumerator();

    /// <summary>True when both hold equal elements in the same order.</summary>
    public bool Equals(ValueList<T>? other) =>
        other is not null && (ReferenceEquals(this, other) || _items.SequenceEqual(other._items));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ValueList<T>);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (T item in _items)
        {
            hash.Add(item);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", _items)}]";
}
