namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>
/// Section 7: a token bucket for each source (/32, /64), kept as the time up to which its rejects are paid for. A bucket whose time has passed is full
/// and the same as none, so those are forgotten first when the memory is used up.
/// </summary>
internal sealed class RejectBuckets
{
    private readonly Dictionary<MappedAddress, long> _paid;
    private readonly long _interval;
    private readonly long _depth;
    private readonly int _capacity;

    public RejectBuckets(ManagedOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.RejectsPerSecond);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.RejectBurst);
        _interval = 1_000_000_000L / options.RejectsPerSecond;
        _depth = (options.RejectBurst - 1) * _interval;
        _capacity = options.RejectSources;
        _paid = new Dictionary<MappedAddress, long>(_capacity);
    }

    /// <summary>Takes one token of a source, if it has one.</summary>
    public bool TryTake(MappedAddress source, bool isV6, long now)
    {
        MappedAddress key = isV6 ? source with { Low = 0 } : source;
        if (!_paid.TryGetValue(key, out long paid))
        {
            if (_paid.Count >= _capacity)
            {
                Forget(now);
            }

            _paid[key] = now + _interval;
            return true;
        }

        long from = Math.Max(paid, now);
        if (from - now > _depth)
        {
            return false;
        }

        _paid[key] = from + _interval;
        return true;
    }

    private void Forget(long now)
    {
        foreach ((MappedAddress source, long paid) in _paid)
        {
            if (paid <= now)
            {
                _paid.Remove(source);
            }
        }

        if (_paid.Count >= _capacity)
        {
            _paid.Clear();
        }
    }
}
