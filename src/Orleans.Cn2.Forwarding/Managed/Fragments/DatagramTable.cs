namespace Orleans.Cn2.Forwarding.Managed.Fragments;

/// <summary>
/// The datagrams in pieces that are under way: so many at once, the oldest makes room; so many of a source. Entries are used again, so that nothing is
/// allocated once the table was full.
/// </summary>
internal sealed class DatagramTable
{
    private readonly Dictionary<DatagramKey, Datagram> _datagrams = [];
    private readonly Queue<(DatagramKey Key, Datagram Datagram, long Until)> _ages = new();
    private readonly Stack<Datagram> _free = new();
    private readonly Dictionary<MappedAddress, OpenCount> _sources = [];
    private readonly int _capacity;
    private readonly int _openPerSource;
    private readonly long _life;

    public DatagramTable(int capacity, FragmentLimits limits)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        (_capacity, _openPerSource) = (capacity, limits.OpenPerSource);
        _life = limits.Life.Ticks * TimeSpan.NanosecondsPerTick;
    }

    /// <summary>The datagram of a key, or null where none is known any more.</summary>
    public Datagram? Find(in DatagramKey key, long now) =>
        _datagrams.TryGetValue(key, out Datagram? datagram) && datagram.Until >= now ? datagram : null;

    /// <summary>An entry for the datagram of a first fragment; null where its source has as many as it may have.</summary>
    public Datagram? Open(in DatagramKey key, bool isV6, long now, int fromInterface, bool fromNode)
    {
        if (!TryCount(key.Source, isV6, now))
        {
            return null;
        }

        Forget(key);
        while (_datagrams.Count >= _capacity)
        {
            ForgetOldest();
        }

        Datagram datagram = _free.TryPop(out Datagram? used) ? used : new Datagram();
        datagram.Begin(now + _life, fromInterface, fromNode);
        _datagrams.Add(key, datagram);
        if (_ages.Count >= 2 * _capacity)
        {
            DropEnded();
        }

        _ages.Enqueue((key, datagram, datagram.Until));
        return datagram;
    }

    /// <summary>Ends a datagram all of whose bytes were seen.</summary>
    public void CloseIfComplete(in DatagramKey key, bool isV6, Datagram datagram)
    {
        if (!datagram.IsComplete)
        {
            return;
        }

        Forget(key);
        MappedAddress prefix = PrefixOf(key.Source, isV6);
        if (_sources.TryGetValue(prefix, out OpenCount count) && count.Open > 0)
        {
            _sources[prefix] = count with { Open = count.Open - 1 };
        }
    }

    private static MappedAddress PrefixOf(MappedAddress source, bool isV6) => isV6 ? source with { Low = 0 } : source;

    /// <summary>A source's count begins anew after each lifetime: what it had begun before is forgotten by then.</summary>
    private bool TryCount(MappedAddress source, bool isV6, long now)
    {
        MappedAddress prefix = PrefixOf(source, isV6);
        if (!_sources.TryGetValue(prefix, out OpenCount count))
        {
            if (_sources.Count >= _capacity)
            {
                _sources.Clear();
            }

            count = new OpenCount(now, 0);
        }

        count = now - count.Since > _life ? new OpenCount(now, 0) : count;
        bool may = count.Open < _openPerSource;
        _sources[prefix] = may ? count with { Open = count.Open + 1 } : count;
        return may;
    }

    private void Forget(in DatagramKey key)
    {
        if (_datagrams.Remove(key, out Datagram? datagram))
        {
            _free.Push(datagram);
        }
    }

    private void ForgetOldest()
    {
        (DatagramKey Key, Datagram, long) oldest = _ages.Dequeue();
        if (IsUnderWay(oldest))
        {
            Forget(oldest.Key);
        }
    }

    private void DropEnded()
    {
        for (int left = _ages.Count; left > 0; left--)
        {
            (DatagramKey, Datagram, long) next = _ages.Dequeue();
            if (IsUnderWay(next))
            {
                _ages.Enqueue(next);
            }
        }
    }

    // An entry of the queue whose datagram ended already is of another by now, or of none.
    private bool IsUnderWay((DatagramKey Key, Datagram Datagram, long Until) entry) =>
        _datagrams.TryGetValue(entry.Key, out Datagram? held) && ReferenceEquals(held, entry.Datagram) && held.Until == entry.Until;

    private readonly record struct OpenCount(long Since, int Open);
}
