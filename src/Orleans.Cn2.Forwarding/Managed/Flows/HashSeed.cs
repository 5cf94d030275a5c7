using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Orleans.Cn2.Forwarding.Managed.Flows;

/// <summary>What makes a table's hashes different from all others': five words that nobody outside may know.</summary>
internal sealed class HashSeed
{
    private const int Words = 5;

    /// <param name="words">Five words that can't be guessed.</param>
    public HashSeed(ReadOnlySpan<ulong> words) => (One, Two, Three, Four, Odd) = (words[0], words[1], words[2], words[3], words[4] | 1);

    /// <summary>Of tables that live and die with the process.</summary>
    public static HashSeed OfProcess { get; } = Random();

    public ulong One { get; }

    public ulong Two { get; }

    public ulong Three { get; }

    public ulong Four { get; }

    public ulong Odd { get; }

    public static HashSeed Random()
    {
        Span<ulong> words = stackalloc ulong[Words];
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(words));
        return new(words);
    }
}
