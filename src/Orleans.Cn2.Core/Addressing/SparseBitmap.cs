using System.Numerics;

namespace Orleans.Cn2.Core.Addressing;

/// <summary>
/// A set of bits at 64-bit positions that costs memory only for words with a bit set and finds the next clear bit in a
/// few look-ups however long the runs of set bits are: above the bits lie summary levels, in which a bit says that the
/// word of 64 below it is full.
/// </summary>
internal sealed class SparseBitmap
{
    /// <summary>Bits in a word.</summary>
    public const int WordBits = 64;

    private const int LogWordBits = 6;

    private readonly List<Dictionary<ulong, ulong>> _levels = [[]];

    /// <summary>Sets a bit; false when it was set.</summary>
    public bool Set(ulong position)
    {
        for (int level = 0; ; level++)
        {
            Dictionary<ulong, ulong> words = Level(level);
            ulong index = position >> LogWordBits;
            ulong before = words.GetValueOrDefault(index);
            ulong after = before | Mask(position);
            if (after == before)
            {
                return false;
            }

            words[index] = after;
            if (after != ulong.MaxValue)
            {
                return true;
            }

            position = index;
        }
    }

    /// <summary>Clears a bit; false when it was clear.</summary>
    public bool Clear(ulong position)
    {
        for (int level = 0; level < _levels.Count; level++)
        {
            ulong index = position >> LogWordBits;
            ulong before = _levels[level].GetValueOrDefault(index);
            ulong after = before & ~Mask(position);
            if (after == before)
            {
                return level > 0;
            }

            Store(_levels[level], index, after);
            if (before != ulong.MaxValue)
            {
                return true;
            }

            position = index;
        }

        return true;
    }

    /// <summary>The bits of positions 64 * <paramref name="index"/> and following, lowest first.</summary>
    public ulong Word(ulong index) => Word(0, index);

    /// <summary>The first clear bit from <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    public ulong? NextClear(ulong first, ulong last)
    {
        if (first > last)
        {
            return null;
        }

        // Climb while everything from here to the end of the word is set, then descend into the first word that is not full.
        ulong position = first;
        int level = 0;
        while (true)
        {
            ulong index = position >> LogWordBits;
            ulong clear = ~Word(level, index) & (ulong.MaxValue << (int)(position & (WordBits - 1)));
            if (clear != 0)
            {
                ulong found = Descend(level, (index << LogWordBits) | (uint)BitOperations.TrailingZeroCount(clear));
                return found <= last ? found : null;
            }

            position = index + 1;
            level++;
            if (position > last >> (level * LogWordBits))
            {
                return null;
            }
        }
    }

    private ulong Descend(int level, ulong position)
    {
        for (; level > 0; level--)
        {
            ulong clear = ~Word(level - 1, position);
            position = (position << LogWordBits) | (uint)BitOperations.TrailingZeroCount(clear);
        }

        return position;
    }

    private ulong Word(int level, ulong index) =>
        level < _levels.Count ? _levels[level].GetValueOrDefault(index) : 0;

    private Dictionary<ulong, ulong> Level(int level)
    {
        if (level == _levels.Count)
        {
            _levels.Add([]);
        }

        return _levels[level];
    }

    private static void Store(Dictionary<ulong, ulong> words, ulong index, ulong word)
    {
        if (word == 0)
        {
            words.Remove(index);
        }
        else
        {
            words[index] = word;
        }
    }

    private static ulong Mask(ulong position) => 1UL << (int)(position & (WordBits - 1));
}
