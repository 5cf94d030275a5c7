using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Forwarding.Managed.Fragments;

/// <summary>How much is held, and how long.</summary>
public sealed record FragmentHoldLimits
{
    /// <summary>Fragments of all sources.</summary>
    public int Fragments { get; init; } = 1_000;

    /// <summary>Fragments of one source (/32, /64).</summary>
    public int FragmentsPerSource { get; init; } = 64;

    /// <summary>How long one waits for its first.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>
/// Fragments that came ahead of the first of their datagram (docs/datapath.md, section 4.5): each waits until the first came, or as long as it may. What
/// finds no room or waited too long is offered to the data plane again too, which drops and counts it. Not thread-safe; time is the caller's.
/// </summary>
public sealed class FragmentHold(FragmentHoldLimits limits)
{
    private readonly Dictionary<FragmentId, List<LinkedListNode<Held>>> _waiting = [];
    private readonly Dictionary<IpAddress, int> _ofSource = [];

    /// <summary>All frames held, oldest first. One that is released leaves at once: what the limits bound is memory.</summary>
    private readonly LinkedList<Held> _ages = new();

    /// <summary>Fragments held.</summary>
    public int Count => _ages.Count;

    /// <summary>Datagrams whose first is waited for.</summary>
    public IReadOnlyCollection<FragmentId> Datagrams => _waiting.Keys;

    /// <summary>Holds a frame; false where its source or all of them have as many as they may.</summary>
    public bool TryHold(FragmentId id, byte[] frame, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(frame);
        IpAddress source = PrefixOf(id.Source);
        int already = _ofSource.GetValueOrDefault(source);
        if (Count >= limits.Fragments || already >= limits.FragmentsPerSource)
        {
            return false;
        }

        if (!_waiting.TryGetValue(id, out List<LinkedListNode<Held>>? frames))
        {
            _waiting.Add(id, frames = []);
        }

        frames.Add(_ages.AddLast(new Held(now + limits.Patience, id, frame)));
        _ofSource[source] = already + 1;
        return true;
    }

    /// <summary>The first of a datagram came: its fragments, in the order in which they came.</summary>
    public IReadOnlyList<byte[]> Release(FragmentId id)
    {
        if (!_waiting.Remove(id, out List<LinkedListNode<Held>>? frames))
        {
            return [];
        }

        frames.ForEach(_ages.Remove);
        Forget(id, frames.Count);
        return [.. frames.Select(held => held.Value.Frame)];
    }

    /// <summary>The fragments that waited as long as they may.</summary>
    public IReadOnlyList<byte[]> Expire(TimeSpan now)
    {
        List<byte[]> expired = [];
        while (_ages.First is { } oldest && oldest.Value.Until <= now)
        {
            (_, FragmentId id, byte[] frame) = oldest.Value;
            _ages.RemoveFirst();
            List<LinkedListNode<Held>> frames = _waiting[id];
            frames.RemoveAt(0);
            if (frames.Count == 0)
            {
                _waiting.Remove(id);
            }

            Forget(id, 1);
            expired.Add(frame);
        }

        return expired;
    }

    private void Forget(FragmentId id, int frames)
    {
        IpAddress source = PrefixOf(id.Source);
        int left = _ofSource[source] - frames;
        if (left == 0)
        {
            _ofSource.Remove(source);
        }
        else
        {
            _ofSource[source] = left;
        }
    }

    private static IpAddress PrefixOf(IpAddress source) =>
        source.Family == IpFamily.IPv4 ? source : IpAddress.V6(source.Bits & ~(UInt128)ulong.MaxValue);

    private sealed record Held(TimeSpan Until, FragmentId Id, byte[] Frame);
}
