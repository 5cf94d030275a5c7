using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Orleans.Cn2.Core.Labels;

/// <summary>
/// Keys and values attached to an object (labels, annotations) or asked for (an equality selector):
/// immutable, in ordinal key order, compared by value. Syntax is not checked here.
/// </summary>
/// <remarks>One array of keys and values in turn: there are as many sets as VMIs, most of one or two labels.</remarks>
[GenerateSerializer, Immutable]
public sealed class LabelSet : IReadOnlyCollection<KeyValuePair<string, string>>, IEquatable<LabelSet>
{
    [NonSerialized]
    private string[] _pairs = [];

    /// <summary>A set of the given entries.</summary>
    /// <exception cref="ArgumentException">A key occurs twice with different values.</exception>
    public LabelSet(IEnumerable<KeyValuePair<string, string>> entries)
    {
        KeyValuePair<string, string>[] sorted = [.. entries];
        Array.Sort(sorted, static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        List<string> pairs = new(2 * sorted.Length);
        foreach ((string key, string value) in sorted)
        {
            if (pairs.Count == 0 || pairs[^2] != key)
            {
                pairs.Add(key);
                pairs.Add(value);
            }
            else if (pairs[^1] != value)
            {
                throw new ArgumentException($"the key \"{key}\" occurs with the values \"{pairs[^1]}\" and \"{value}\"", nameof(entries));
            }
        }

        _pairs = [.. pairs];
    }

    private LabelSet(string[] pairs) => _pairs = pairs;

    /// <summary>The set without entries.</summary>
    public static LabelSet Empty { get; } = new(Array.Empty<string>());

    /// <inheritdoc/>
    public int Count => _pairs.Length / 2;

    /// <summary>The keys in ordinal order.</summary>
    public IEnumerable<string> Keys => this.Select(entry => entry.Key);

    /// <summary>The set as earlier builds stored it; only read.</summary>
    [Id(0)]
    internal ImmutableSortedDictionary<string, string>? Former
    {
        get => null;
        set => _pairs = value is null ? _pairs : new LabelSet(value)._pairs;
    }

    /// <summary>Keys and values in turn, by key; set by the serializer alone.</summary>
    [Id(1)]
    internal string[]? Stored
    {
        get => _pairs;
        set => _pairs = value ?? _pairs;
    }

    /// <summary>The value of a key.</summary>
    /// <exception cref="KeyNotFoundException">The key does not occur.</exception>
    public string this[string key] =>
        TryGetValue(key, out string? value) ? value : throw new KeyNotFoundException($"the key \"{key}\" does not occur");

    /// <summary>A set of the given pairs.</summary>
    public static LabelSet Of(params ReadOnlySpan<(string Key, string Value)> entries)
    {
        List<KeyValuePair<string, string>> pairs = new(entries.Length);
        foreach ((string key, string value) in entries)
        {
            pairs.Add(KeyValuePair.Create(key, value));
        }

        return new(pairs);
    }

    /// <summary>This set with <paramref name="key"/> set to <paramref name="value"/>.</summary>
    public LabelSet With(string key, string value) => new(Without(key).Append(KeyValuePair.Create(key, value)));

    /// <summary>This set without <paramref name="key"/>.</summary>
    public LabelSet Without(string key) => new(this.Where(entry => entry.Key != key));

    /// <summary>This set with each key and value replaced by an equal one, so that sets that many objects have share their texts.</summary>
    public LabelSet Sharing(Func<string, string> same) => Count == 0 ? Empty : new(Array.ConvertAll(_pairs, text => same(text)));

    /// <summary>True when the key occurs.</summary>
    public bool ContainsKey(string key) => TryGetValue(key, out _);

    /// <summary>Reads the value of a key, if it occurs.</summary>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        (int low, int high) = (0, Count - 1);
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int order = string.CompareOrdinal(_pairs[2 * middle], key);
            if (order == 0)
            {
                value = _pairs[(2 * middle) + 1];
                return true;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        value = null;
        return false;
    }

    /// <summary>Enumerates in ordinal key order.</summary>
    public Enumerator GetEnumerator() => new(_pairs);

    IEnumerator<KeyValuePair<string, string>> IEnumerable<KeyValuePair<string, string>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>True when both hold the same keys with the same values.</summary>
    public bool Equals(LabelSet? other) =>
        other is not null && (ReferenceEquals(this, other) || _pairs.AsSpan().SequenceEqual(other._pairs));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (string text in _pairs)
        {
            hash.Add(text, StringComparer.Ordinal);
        }

        return hash.ToHashCode();
    }

    /// <summary><c>key=value</c> pairs in key order, joined by commas; an equality selector's text form.</summary>
    public override string ToString() => string.Join(',', this.Select(entry => $"{entry.Key}={entry.Value}"));

    /// <summary>Enumerates without allocating.</summary>
    public struct Enumerator : IEnumerator<KeyValuePair<string, string>>
    {
        private readonly string[] _pairs;
        private int _next;

        internal Enumerator(string[] pairs) => (_pairs, _next) = (pairs, -2);

        /// <inheritdoc/>
        public readonly KeyValuePair<string, string> Current => KeyValuePair.Create(_pairs[_next], _pairs[_next + 1]);

        readonly object IEnumerator.Current => Current;

        /// <inheritdoc/>
        public bool MoveNext() => (_next += 2) < _pairs.Length;

        /// <inheritdoc/>
        public void Reset() => _next = -2;

        /// <inheritdoc/>
        public readonly void Dispose()
        {
        }
    }
}
