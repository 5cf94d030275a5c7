namespace Orleans.Cn2.Core.Ecmp;

/// <summary>
/// How many slots an ECMP group gets: M(N, weights), a pure function, so that every node has the same block. M is a prime of a short list, its
/// index (the size class) fits the 6 bits a control word has for it. The list doubles, as a change of class moves nearly every slot while a change
/// within a class moves few. A slot takes 4 bytes: 4 B for a group of one path, 5 KB up to 10 equal paths, 10 KB up to 20, 20 KB up to 40,
/// 256 KB up to 524, 4 MB at most.
/// </summary>
public static class SizeClass
{
    /// <summary>Slots that the least of the paths is due, where the limits allow. From 100 on shares are within 2 % of the weights; with 125 the removal of one path
    /// moves less than 2.5 % of the others' slots even in a group of ten, on the average over its paths.</summary>
    public const int SlotsPerPath = 125;

    private static readonly int[] Slots =
        [1, 1_259, 2_503, 5_003, 10_007, 20_011, 65_537, 131_101, 262_147, 524_309, 1_048_583];

    /// <summary>Uneven weights alone ask for no more slots than this class has: 65,537.</summary>
    private const int LargestForWeights = 6;

    /// <summary>Number of classes: valid ones are 0 to this less one.</summary>
    public static int Count => Slots.Length;

    /// <summary>Number of slots of a class.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such class.</exception>
    public static int SlotsOf(int sizeClass) => Slots[sizeClass];

    /// <summary>
    /// The class for a group of active paths. One path needs one slot. Otherwise the least class that gives the path of least weight 125 slots, which
    /// is at least 125 N. Uneven weights ask for at most 65,537 slots: a path due fewer than 100 of those still gets one, and is off by less than two.
    /// More than 8,388 paths share the largest class.
    /// </summary>
    /// <exception cref="ArgumentException">There is no path, or one of weight 0.</exception>
    public static int Of(ReadOnlySpan<ushort> weights)
    {
        if (weights.IsEmpty)
        {
            throw new ArgumentException("a group without paths has no slots", nameof(weights));
        }

        long sum = 0;
        ushort least = ushort.MaxValue;
        foreach (ushort weight in weights)
        {
            sum += weight;
            least = Math.Min(least, weight);
        }

        if (least == 0)
        {
            throw new ArgumentException("the weight of a path is 1 to 65535", nameof(weights));
        }

        if (weights.Length == 1)
        {
            return 0;
        }

        int forPaths = LeastWith((long)SlotsPerPath * weights.Length);
        int forWeights = LeastWith(((SlotsPerPath * sum) + least - 1) / least);
        return Math.Max(forPaths, Math.Min(forWeights, LargestForWeights));
    }

    private static int LeastWith(long slots)
    {
        int found = 1;
        while (found < Slots.Length - 1 && Slots[found] < slots)
        {
            found++;
        }

        return found;
    }
}
