using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Orleans.Cn2.Core.Labels;

/// <summary>
/// Keys and values attached to an object (labels, annotations) or asked for (an equality selector):
/// immutable, in ordinal key order, compared by value. Syntax is not checked here.
/// </summary>
[GenerateSerializer, Immutable]
public sealed class LabelSet : IReadOnlyCollection<KeyValuePair<string, string>>, IEquatable<LabelSet>
{
    private static readonly ImmutableSortedDictionary<string, string> None =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal, StringComparer.Ordinal);

    [Id(0)] private readonly ImmutableSortedDictionary<string, string> _entries;

    /// <summary>A set of the given entries.</summary>
    /// <exception cref="ArgumentException">A key occurs twice with different values.</exception>
    public LabelSet(IEnumerable<KeyValuePair<string, string>> entries) => _entries = None.AddRange(entries);

    /// <summary>The set without entries.</summary>
    public static LabelSet Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _entries.Count;

    /// <summary>The keys in ordinal order.</summary>
    public IEnumerable<string> Keys => _entries.Keys;

    /// <summary>The value of a key.</summary>
    /// <exception cref="KeyNotFoundException">The key does not occur.</exception>
    public string this[string key] => _entries[key];

    /// <summary>A set of the given pairs.</summary>
    public static LabelSet Of(params ReadOnlySpan<(string Key, string Value)> entries)
    {
        ImmutableSortedDictionary<string, string>.Builder builder = None.ToBuilder();
        foreach ((string key, string value) in entries)
        {
            builder.Add(key, value);
        }

        return new(builder);
    }

    /// <summary>This set with <paramref name="key"/> set to <paramref name="value"/>.</summary>
    public LabelSet With(string key, string value) => new(_entries.SetItem(key, value));

    /// <summary>This set without <paramref name="key"/>.</summary>
    public LabelSet Without(string key) => new(_entries.Remove(key));

    /// <summary>True when the key occurs.</summary>
    public bool ContainsKey(string key) => _entries.ContainsKey(key);

    /// <summary>Reads the value of a key, if it occurs.</summary>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value) => _entries.TryGetValue(key, out value);

    /// <summary>Enumerates in ordinal key order.</summary>
    public ImmutableSortedDictionary<string, string>.Enumerator GetEnumerator() => _entries.GetEnumerator();

    IEnumerator<KeyValuePair<string, string>> IEnumerable<KeyValuePair<string, string>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>True when both hold the same keys with the same values.</summary>
    public bool Equals(LabelSet? other) =>
        other is not null && (ReferenceEquals(this, other)
            || (Count == other.Count && _entries.SequenceEqual(other._entries)));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach ((string key, string value) in _entries)
        {
            hash.Add(key, StringComparer.Ordinal);
            hash.Add(value, StringComparer.Ordinal);
        }

        return hash.ToHashCode();
    }

    /// <summary><c>key=value</c> pairs in key order, joined by commas; an equality selector's text form.</summary>
    public override string ToString() => string.Join(',', _entries.Select(entry => $"{entry.Key}={entry.Value}"));
}
