using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink.Routing;

/// <summary>Values by prefixes of one family, found by the longest that holds an address: one look for each length that occurs.</summary>
/// <typeparam name="T">The values.</typeparam>
internal sealed class PrefixMap<T>
{
    private readonly SortedList<int, Dictionary<UInt128, T>> _byLength = new(Comparer<int>.Create((left, right) => right.CompareTo(left)));

    /// <summary>The value of exactly this prefix, set by a caller who adds or merges.</summary>
    internal T? this[IpPrefix prefix]
    {
        get => _byLength.TryGetValue(prefix.Length, out Dictionary<UInt128, T>? values) ? values.GetValueOrDefault(prefix.Network.Bits) : default;
        set
        {
            if (!_byLength.TryGetValue(prefix.Length, out Dictionary<UInt128, T>? values))
            {
                _byLength[prefix.Length] = values = [];
            }

            values[prefix.Network.Bits] = value!;
        }
    }

    /// <summary>The value of the longest prefix that holds an address; false when none does.</summary>
    internal bool TryMatch(IpAddress address, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T value)
    {
        for (int i = 0; i < _byLength.Count; i++)
        {
            if (_byLength.GetValueAtIndex(i).TryGetValue(IpPrefix.Around(address, _byLength.GetKeyAtIndex(i)).Network.Bits, out value))
            {
                return true;
            }
        }

        value = default;
        return false;
    }
}
