using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>
/// The filter of <c>bpf/bloom.h</c>: packets that are neither to a frontend's address nor from a path are nobody's, whatever the flow tables hold. What is
/// removed keeps its bit until a scan of both flow tables that began after the removal has ended: its flows are gone by then.
/// </summary>
internal sealed class BloomFilter(MappedArray<ulong> words)
{
    private ulong[]? _kept;
    private bool _isStale;

    internal void AddPath(in Address16 address, NetworkShort port)
    {
        Add(BloomHash.OfPath(address));
        Add(BloomHash.OfPath(address, port));
    }

    internal void AddFrontend(in Address16 address) => Add(BloomHash.OfFrontend(address));

    internal void RemovePath(in Address16 address, NetworkShort port)
    {
        Remove(BloomHash.OfPath(address));
        Remove(BloomHash.OfPath(address, port));
    }

    internal void RemoveFrontend(in Address16 address) => Remove(BloomHash.OfFrontend(address));

    /// <summary>Tells that a scan begins.</summary>
    internal void BeginScan()
    {
        _kept = _isStale ? new ulong[words.Length] : null;
        _isStale = false;
    }

    /// <summary>Tells that a scan has ended: bits of what was removed before it began are cleared, unless others have them.</summary>
    /// <param name="addLive">Adds what is in the tables.</param>
    internal void EndScan(Action<BloomFilter> addLive)
    {
        if (_kept is not { } kept)
        {
            return;
        }

        addLive(this);
        for (int i = 0; i < kept.Length; i++)
        {
            if (words[(uint)i] != kept[i])
            {
                Volatile.Write(ref words[(uint)i], kept[i]);
            }
        }

        _kept = null;
    }

    private void Add((uint Word, ulong Bit) place)
    {
        ref ulong word = ref words[place.Word];
        if ((word & place.Bit) == 0)
        {
            Volatile.Write(ref word, word | place.Bit);
        }

        Keep(place);
    }

    private void Remove((uint Word, ulong Bit) place)
    {
        _isStale = true;
        Keep(place);
    }

    private void Keep((uint Word, ulong Bit) place)
    {
        if (_kept is { } kept)
        {
            kept[place.Word] |= place.Bit;
        }
    }
}
