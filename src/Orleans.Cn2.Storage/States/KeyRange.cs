using System.Text;

namespace Orleans.Cn2.Storage.States;

/// <summary>The byte strings from <paramref name="Start"/> up to, without, <paramref name="End"/> (null: no end).</summary>
internal readonly record struct KeyRange(byte[] Start, byte[]? End)
{
    /// <summary>All byte strings that begin with the UTF-8 form of a prefix. The end is the prefix with its last byte below 0xFF raised and the rest cut.</summary>
    public static KeyRange OfPrefix(string prefix)
    {
        byte[] start = Encoding.UTF8.GetBytes(prefix);
        int last = Array.FindLastIndex(start, octet => octet != byte.MaxValue);
        if (last < 0)
        {
            return new(start, null);
        }

        byte[] end = start[..(last + 1)];
        end[last]++;
        return new(start, end);
    }
}
