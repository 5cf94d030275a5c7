using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Contracts.Subnets;

/// <summary>A named pool of addresses, key: its name. It calls only the cluster and progress grains.</summary>
[Alias("cn2.ISubnetGrain")]
public interface ISubnetGrain : IGrainWithStringKey
{
    /// <summary>Creates the subnet, adds its second prefix, or finds it unchanged.</summary>
    /// <exception cref="InvalidObjectException">A field is not valid, or a prefix that stands would change.</exception>
    /// <exception cref="FailedPreconditionException">A prefix overlaps another subnet's.</exception>
    [Alias("Apply")]
    Task<SubnetView> Apply(SubnetSpec spec);

    /// <summary>The subnet; null when there is none.</summary>
    [Alias("Get")]
    Task<SubnetView?> Get();

    /// <summary>Deletes the subnet; nothing happens when there is none.</summary>
    /// <exception cref="FailedPreconditionException">Addresses are leased, or released ones may still be forwarded by vRouters: a subnet made anew would give them out.</exception>
    [Alias("Delete")]
    Task Delete();

    /// <summary>Leases an address. When it answers, the lease is durable.</summary>
    [Alias("Claim")]
    Task<ClaimAnswer> Claim(ClaimRequest request);

    /// <summary>Releases addresses; what is not leased for the claim any more is skipped.</summary>
    [Alias("Release")]
    Task Release(ImmutableArray<ReleaseRequest> requests);

    /// <summary>Up to <paramref name="count"/> leases, and at most 10,000, beyond <paramref name="after"/>, an unset address for the beginning.</summary>
    [Alias("ListLeases")]
    Task<LeasePage> ListLeases(IpAddress after, int count);

    /// <summary>Those of an owner's addresses that are not leased for its claim.</summary>
    [Alias("FindGaps")]
    Task<ImmutableArray<LeaseGap>> FindGaps(ImmutableArray<HeldAddress> held);

    /// <summary>
    /// Frees quarantined addresses whose fence is reached or whose limit passed, and asks the owners of a slice of the leases
    /// whether they know of them. Runs by itself periodically; answers the number of addresses freed.
    /// </summary>
    [Alias("Sweep")]
    Task<int> Sweep();
}
