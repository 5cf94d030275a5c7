using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Core.Ecmp;

/// <summary>
/// The selectable paths of a frontend and their block of slots. Groups of equal content are equal whatever the order of their paths and whatever
/// draining paths stand beside them, so a block is built once for each <see cref="ContentHash"/>.
/// </summary>
public sealed class EcmpGroup
{
    private static readonly UInt128 ContentKey = new(0x65636d702d67726f, 0x75702d636f6e7465);

    private EcmpGroup(ImmutableArray<EcmpPath> paths, UInt128 contentHash, int sizeClass) =>
        (Paths, ContentHash, Class) = (paths, contentHash, sizeClass);

    /// <summary>The active paths in canonical order.</summary>
    public ImmutableArray<EcmpPath> Paths { get; }

    /// <summary>128-bit hash of the identities and weights of <see cref="Paths"/>: equal groups have equal slots.</summary>
    public UInt128 ContentHash { get; }

    /// <summary>The size class (<see cref="SizeClass"/>) of the block.</summary>
    public int Class { get; }

    /// <summary>Number of slots, M.</summary>
    public int Slots => SizeClass.SlotsOf(Class);

    /// <summary>The group of a frontend's paths, or null when none of them is selectable.</summary>
    public static EcmpGroup? Of(ImmutableArray<EcmpPath> paths)
    {
        ImmutableArray<EcmpPath> active = paths.All(path => path.State == PathState.Active)
            ? paths
            : paths.RemoveAll(path => path.State != PathState.Active);
        if (active.IsEmpty)
        {
            return null;
        }

        if (!PathOrder.IsSorted(active.AsSpan()))
        {
            active = active.Sort(PathOrder.Compare);
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(active.Length * (PathIdentity.Length + sizeof(ushort)));
        ushort[] weights = ArrayPool<ushort>.Shared.Rent(active.Length);
        int length = 0;
        for (int i = 0; i < active.Length; i++)
        {
            PathIdentity.Write(active[i], rented.AsSpan(length));
            BinaryPrimitives.WriteUInt16BigEndian(rented.AsSpan(length + PathIdentity.Length), active[i].Weight);
            weights[i] = active[i].Weight;
            length += PathIdentity.Length + sizeof(ushort);
        }

        UInt128 hash = SipHash24.Hash128(ContentKey, rented.AsSpan(0, length));
        int sizeClass = SizeClass.Of(weights.AsSpan(0, active.Length));
        ArrayPool<byte>.Shared.Return(rented);
        ArrayPool<ushort>.Shared.Return(weights);
        return new EcmpGroup(active, hash, sizeClass);
    }

    /// <summary>Fills the block: each slot becomes an index into <see cref="Paths"/>. The span has exactly <see cref="Slots"/> elements.</summary>
    public void Fill(Span<int> slots)
    {
        if (slots.Length != Slots)
        {
            throw new ArgumentException($"the block has {Slots} slots, not {slots.Length}", nameof(slots));
        }

        Maglev.Fill(Paths.AsSpan(), slots);
    }
}
