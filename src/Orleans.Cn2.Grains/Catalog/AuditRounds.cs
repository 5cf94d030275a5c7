using Orleans.Cn2.Core;

namespace Orleans.Cn2.Grains.Catalog;

/// <summary>
/// Which Services of a shard are looked after next: all of them in rounds, at a quick pace after a silo came or went, since a Service that was on it finishes
/// what it had begun when it is asked. A Service that was asked since need not be asked again for that, as all are while the only silo starts.
/// </summary>
/// <param name="began">The membership when the shard started.</param>
internal sealed class AuditRounds(MembershipVersion began)
{
    /// <summary>Services a period after a silo came or went.</summary>
    public const int Hurried = 50;

    /// <summary>Services a period otherwise.</summary>
    public const int Calm = 2;

    private readonly Queue<NamespacedName> _next = [];
    private readonly HashSet<NamespacedName> _asked = [];
    private MembershipVersion _asksSaw = began;
    private MembershipVersion _audited = began;
    private bool _hurried;

    /// <summary>A Service was asked beside the rounds.</summary>
    public void Asked(NamespacedName name, MembershipVersion now)
    {
        if (_asksSaw != now)
        {
            _asksSaw = now;
            _asked.Clear();
        }

        _asked.Add(name);
    }

    /// <summary>Those of this period.</summary>
    /// <param name="names">All Services of the shard.</param>
    /// <param name="now">The membership now.</param>
    /// <returns>The Services, and whether the pace is the quick one.</returns>
    public (NamespacedName[] Names, bool Hurries) Next(IEnumerable<NamespacedName> names, MembershipVersion now)
    {
        bool changed = now != _audited;
        if (changed || _next.Count == 0)
        {
            (_audited, _hurried) = (now, changed || _hurried);
            _next.Clear();
            foreach (NamespacedName name in names.Where(name => _asksSaw != now || !_asked.Contains(name)))
            {
                _next.Enqueue(name);
            }

            _asked.Clear();
        }

        bool hurries = _hurried;
        int slice = Math.Min(hurries ? Hurried : Calm, _next.Count);
        NamespacedName[] own = [.. Enumerable.Range(0, slice).Select(_ => _next.Dequeue())];
        _hurried &= _next.Count > 0;
        return (own, hurries);
    }
}
