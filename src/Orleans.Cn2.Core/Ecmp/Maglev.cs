using System.Buffers;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Core.Ecmp;

/// <summary>
/// Weighted Maglev hashing (Eisenbud et al., NSDI 2016, 3.4): each path walks the slots in an order of its own and takes the next free one at its turn.
/// A path has turns in proportion to its weight, at least one. The result depends on the paths' identities (VMI id, address, port) and weights alone,
/// not on their order: it is the same on every node. Removal of one path moves few slots of the others.
/// </summary>
public static class Maglev
{
    // The walk orders need no secret (the choice of a slot is keyed), but must never change: nodes of two versions share flows.
    private static readonly UInt128 WalkKey = new(0x6d61676c65762d77, 0x616c6b2d6f72646e);

    private const int StackLimit = 64;

    /// <summary>
    /// Fills <paramref name="slots"/>, whose length is a prime of <see cref="SizeClass"/> or 1, with indexes into <paramref name="paths"/>, all of
    /// which are taken to be selectable. Allocates nothing.
    /// </summary>
    /// <exception cref="ArgumentException">No paths, more paths than slots, or a weight of 0.</exception>
    public static void Fill(ReadOnlySpan<EcmpPath> paths, Span<int> slots)
    {
        if (paths.IsEmpty || paths.Length > slots.Length)
        {
            throw new ArgumentException($"{paths.Length} paths don't fit {slots.Length} slots", nameof(paths));
        }

        if (paths.Length <= StackLimit)
        {
            Span<Walk> walks = stackalloc Walk[StackLimit];
            Fill(paths, walks[..paths.Length], slots);
            return;
        }

        Walk[] rented = ArrayPool<Walk>.Shared.Rent(paths.Length);
        Fill(paths, rented.AsSpan(0, paths.Length), slots);
        ArrayPool<Walk>.Shared.Return(rented);
    }

    private static void Fill(ReadOnlySpan<EcmpPath> paths, Span<Walk> walks, Span<int> slots)
    {
        uint heaviest = Start(paths, walks, (uint)slots.Length);
        slots.Fill(-1);
        int left = slots.Length;
        for (ulong round = 1; ; round++)
        {
            foreach (ref Walk walk in walks)
            {
                if (round * walk.Weight < walk.Due)
                {
                    continue;
                }

                walk.Due += heaviest;
                uint position = walk.Position;
                while (slots[(int)position] >= 0)
                {
                    position = Next(position, walk.Step, (uint)slots.Length);
                }

                slots[(int)position] = walk.Index;
                walk.Position = Next(position, walk.Step, (uint)slots.Length);
                if (--left == 0)
                {
                    return;
                }
            }
        }
    }

    private static uint Start(ReadOnlySpan<EcmpPath> paths, Span<Walk> walks, uint slots)
    {
        uint heaviest = 0;
        for (int i = 0; i < paths.Length; i++)
        {
            ref readonly EcmpPath path = ref paths[i];
            if (path.Weight == 0)
            {
                throw new ArgumentException($"the weight of path {path.Address}:{path.Port} is 0, not 1 to 65535", nameof(paths));
            }

            heaviest = Math.Max(heaviest, path.Weight);
            ulong hash = HashOf(path);
            walks[i] = new Walk
            {
                Hash = hash,
                VmiId = path.VmiId,
                Index = i,
                Weight = path.Weight,
                Position = (uint)(((hash >> 32) * slots) >> 32),
                Step = slots == 1 ? 0 : 1 + (uint)(((ulong)(uint)hash * (slots - 1)) >> 32),
            };
        }

        walks.Sort(static (left, right) =>
            left.Hash != right.Hash ? left.Hash.CompareTo(right.Hash) : left.VmiId.CompareTo(right.VmiId));
        return heaviest;
    }

    private static uint Next(uint position, uint step, uint slots)
    {
        position += step;
        return position >= slots ? position - slots : position;
    }

    private static ulong HashOf(in EcmpPath path)
    {
        Span<byte> identity = stackalloc byte[PathIdentity.Length];
        PathIdentity.Write(path, identity);
        return SipHash13.Hash(WalkKey, identity);
    }

    /// <summary>Where a path stands in its order of the slots.</summary>
    private struct Walk
    {
        public ulong Hash;
        public ulong VmiId;
        public ulong Due;
        public uint Position;
        public uint Step;
        public uint Weight;
        public int Index;
    }
}
