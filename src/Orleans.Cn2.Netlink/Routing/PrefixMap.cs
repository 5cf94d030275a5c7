using System.Diagnostics.CodeAnalysis;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink.Routing;

/// <summary>Values by prefixes of one family, found by the longest that holds an address: one look for each length that occurs.</summary>
/// <typeparam name="T">The values.</typeparam>
internal sealed class PrefixMap<T>
{
    /// <summary>By length, the longest first.</summary>
    private readonly List<(int Length, UInt128 Mask, Dictionary<UInt128, T> Values)> _lengths = [];

    /// <summary>The value of exactly this prefix.</summary>
    internal T? this[IpPrefix prefix]
    {
        get => Of(prefix).GetValueOrDefault(prefix.Network.Bits);
        set => Of(prefix)[prefix.Network.Bits] = value!;
    }

    /// <summary>The value of the longest prefix that holds an address of its family; false when none does.</summary>
    internal bool TryMatch(IpAddress address, [MaybeNullWhen(false)] out T value)
    {
        foreach ((_, UInt128 mask, Dictionary<UInt128, T> values) in _lengths)
        {
            if (values.TryGetValue(address.Bits & mask, out value))
            {
                return true;
            }
        }

        value = default;
        return false;
    }

    private Dictionary<UInt128, T> Of(IpPrefix prefix)
    {
        int place = _lengths.FindIndex(each => each.Length <= prefix.Length);
        if (place >= 0 && _lengths[place].Length == prefix.Length)
        {
            return _lengths[place].Values;
        }

        // A shift by all bits is a shift by none.
        UInt128 mask = prefix.HostBits == 128 ? 0 : UInt128.MaxValue << prefix.HostBits;
        Dictionary<UInt128, T> values = [];
        _lengths.Insert(place >= 0 ? place : _lengths.Count, (prefix.Length, mask, values));
        return values;
    }
}
