using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Nodes;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Grains.Nodes;

/// <summary>A VMI as registered.</summary>
/// <param name="Vmi">The VMI.</param>
/// <param name="LeaseSeconds">0: until deregistered.</param>
/// <param name="RenewedAt">When it was registered last.</param>
/// <param name="Expired">True once its lease ran out; registering it anew ends that.</param>
/// <param name="Lapses">How often its lease ran out lately.</param>
/// <param name="HeldSince">When it was registered anew after repeated lapses; null once it kept its lease for long enough.</param>
[GenerateSerializer, Immutable]
internal sealed record VmiRecord(
    [property: Id(0)] Vmi Vmi,
    [property: Id(1)] int LeaseSeconds,
    [property: Id(2)] DateTimeOffset RenewedAt,
    [property: Id(3)] bool Expired = false,
    [property: Id(4)] LossRecord Lapses = default,
    [property: Id(5)] DateTimeOffset? HeldSince = null)
{
    /// <summary>The VMI as it takes part in selection: one whose lease ran out is neither ready nor serving, one that is held back drains as those of a draining node do.</summary>
    /// <param name="node">Whether, and why, the VMIs of its node drain.</param>
    public Vmi Effective(DrainCause node)
    {
        DrainCause drains = node != DrainCause.None ? node : HeldSince is not null ? DrainCause.LeaseLapses : DrainCause.None;
        return !Expired && drains == Vmi.Drains ? Vmi : Vmi with
        {
            Conditions = Expired ? new VmiConditions(Ready: false, Serving: false, Vmi.Conditions.Terminating) : Vmi.Conditions,
            Drains = drains,
        };
    }

    /// <summary>True when time alone may change it.</summary>
    public bool Ages => LeaseSeconds > 0 || HeldSince is not null;

    /// <summary>
    /// True when the lease ran out just now. A lease counts from <paramref name="since"/> at the earliest, when the node's grain started: while nobody was
    /// there to take a renewal none could come.
    /// </summary>
    public bool RunsOut(DateTimeOffset now, DateTimeOffset since) =>
        !Expired && LeaseSeconds > 0 && now >= (RenewedAt > since ? RenewedAt : since).AddSeconds(LeaseSeconds);

    /// <summary>The record once its lease ran out.</summary>
    /// <param name="now">When.</param>
    /// <param name="memory">A lapse is forgotten when no other follows within this time.</param>
    public VmiRecord Lapse(DateTimeOffset now, TimeSpan memory) => this with { Expired = true, Lapses = Lapses.Lose(now, memory), HeldSince = null };

    /// <summary>The record of a VMI that is registered anew: with a lease it is held back where the former one ran out repeatedly.</summary>
    /// <param name="vmi">As it is registered now.</param>
    /// <param name="leaseSeconds">0: until deregistered.</param>
    /// <param name="now">When.</param>
    /// <param name="hold">How long after that many lapses.</param>
    public VmiRecord Renew(Vmi vmi, int leaseSeconds, DateTimeOffset now, Func<LossRecord, TimeSpan> hold) => leaseSeconds == 0
        ? new VmiRecord(vmi, leaseSeconds, now)
        : new VmiRecord(vmi, leaseSeconds, now, Lapses: Lapses, HeldSince: !Expired ? HeldSince : hold(Lapses) > TimeSpan.Zero ? now : null);

    /// <summary>True when it kept its lease for long enough; also where the clock was set back meanwhile, so that the time can't be told.</summary>
    public bool IsSteady(DateTimeOffset now, Func<LossRecord, TimeSpan> hold) =>
        !Expired && HeldSince is { } since && (now - since >= hold(Lapses) || now < since);

    /// <summary>The addresses that it no longer has after a change.</summary>
    public IEnumerable<IpAddress> AddressesLostBy(Vmi next) => Vmi.Addresses.Where(address => !next.Addresses.Contains(address));
}
