using System.Collections.Immutable;
using System.Numerics;

namespace Orleans.Cn2.Core.Addressing;

/// <summary>
/// Leases by offset, with the indexes a pool searches: taken addresses as a bitmap, claims, quarantine by age. Blocks are
/// put together when asked for, once a write and not once a change. Every change goes through <see cref="Put"/>.
/// </summary>
internal sealed class LeaseTable
{
    private const ulong WordsInBlock = LeaseBlock.Size / SparseBitmap.WordBits;

    private readonly Dictionary<ulong, Lease> _leases = [];
    private readonly SortedSet<ulong> _order = [];
    private readonly SparseBitmap _taken = new();
    private readonly Dictionary<Guid, ulong> _claims = [];
    private readonly SortedSet<(DateTimeOffset Since, ulong Offset)> _quarantine = [];

    public int Count => _leases.Count;

    public int Quarantined => _quarantine.Count;

    public IReadOnlyCollection<ulong> Blocks => _order;

    public Lease? Find(ulong offset) => _leases.GetValueOrDefault(offset);

    public ulong? OffsetOf(Guid claimId) => _claims.TryGetValue(claimId, out ulong offset) ? offset : null;

    public ulong? NextFree(ulong first, ulong last) => _taken.NextClear(first, last);

    public ulong? OldestQuarantined() => _quarantine.Count == 0 ? null : _quarantine.Min.Offset;

    public IEnumerable<ulong> QuarantinedOffsets() => _quarantine.Select(entry => entry.Offset);

    public LeaseBlock Block(ulong index)
    {
        ImmutableSortedDictionary<byte, Lease>.Builder leases = ImmutableSortedDictionary.CreateBuilder<byte, Lease>();
        foreach (ulong offset in OffsetsIn(index))
        {
            leases.Add((byte)(offset % LeaseBlock.Size), _leases[offset]);
        }

        return new(index, leases.ToImmutable());
    }

    /// <summary>Leases from an offset on, in order.</summary>
    public IEnumerable<KeyValuePair<ulong, Lease>> From(ulong first) =>
        _order.GetViewBetween(LeaseBlock.IndexOf(first), ulong.MaxValue)
            .SelectMany(OffsetsIn)
            .Where(offset => offset >= first)
            .Select(offset => KeyValuePair.Create(offset, _leases[offset]));

    /// <summary>Enters a lease in place of any that is there, or with <see langword="null"/> frees the address.</summary>
    public void Put(ulong offset, Lease? lease)
    {
        if (_leases.Remove(offset, out Lease? before))
        {
            Unindex(offset, before);
        }

        ulong block = LeaseBlock.IndexOf(offset);
        if (lease is not null)
        {
            if (IsEmpty(block))
            {
                _order.Add(block);
            }

            _leases.Add(offset, lease);
            Index(offset, lease);
        }
        else if (IsEmpty(block))
        {
            _order.Remove(block);
        }
    }

    /// <summary>Puts a whole block in place of the one that is there.</summary>
    public void Replace(LeaseBlock block)
    {
        foreach (ulong offset in OffsetsIn(block.Index).ToArray())
        {
            Put(offset, null);
        }

        foreach ((byte position, Lease lease) in block.Leases)
        {
            Put((block.Index * LeaseBlock.Size) + position, lease);
        }
    }

    private void Index(ulong offset, Lease lease)
    {
        _taken.Set(offset);
        if (lease.Quarantine is { } quarantine)
        {
            _quarantine.Add((quarantine.Since, offset));
        }
        else
        {
            // A claim has one address. Should stored blocks disagree, both stay taken and the first one read answers.
            _claims.TryAdd(lease.ClaimId, offset);
        }
    }

    private void Unindex(ulong offset, Lease lease)
    {
        _taken.Clear(offset);
        if (lease.Quarantine is { } quarantine)
        {
            _quarantine.Remove((quarantine.Since, offset));
        }
        else if (_claims.TryGetValue(lease.ClaimId, out ulong held) && held == offset)
        {
            _claims.Remove(lease.ClaimId);
        }
    }

    private bool IsEmpty(ulong block)
    {
        for (ulong i = 0; i < WordsInBlock; i++)
        {
            if (_taken.Word((block * WordsInBlock) + i) != 0)
            {
                return false;
            }
        }

        return true;
    }

    private IEnumerable<ulong> OffsetsIn(ulong block)
    {
        for (ulong i = 0; i < WordsInBlock; i++)
        {
            ulong word = (block * WordsInBlock) + i;
            for (ulong bits = _taken.Word(word); bits != 0; bits &= bits - 1)
            {
                yield return (word * SparseBitmap.WordBits) + (ulong)BitOperations.TrailingZeroCount(bits);
            }
        }
    }
}
