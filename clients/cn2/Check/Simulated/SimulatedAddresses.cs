using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Services;

namespace Orleans.Cn2.Cli.Check.Simulated;

/// <summary>The service subnet of the simulated cluster, by the address rules of the domain.</summary>
internal sealed class SimulatedAddresses(IpPrefix v4, IpPrefix v6)
{
    private readonly AddressPool _v4 = new(v4);
    private readonly AddressPool _v6 = new(v6);

    /// <summary>Leases held now.</summary>
    public int Leased => _v4.Leased + _v6.Leased;

    /// <summary>Admits a Service and claims its addresses: all or none.</summary>
    /// <exception cref="CheckFailure">A rule is broken, or no address is free.</exception>
    public AdmittedService Admit(ServiceManifest manifest, Guid uid)
    {
        AdmissionOutcome<AdmissionPlan> plan = Admission.Prepare(manifest, null, ServiceCluster.Of([v4, v6]));
        if (plan.Value is not { } prepared)
        {
            throw new CheckFailure(Admission.Describe(manifest.Name.Name, plan.Violations));
        }

        List<IpAddress> claimed = [];
        foreach (ClusterIPClaim claim in prepared.Claims)
        {
            ClaimResult result = Claim(claim, manifest.Name, uid);
            if (!result.Granted)
            {
                Release(uid, claimed);
                throw new CheckFailure(claim.Address is null
                    ? Admission.RangeFull(manifest.Name.Name)
                    : Admission.Describe(manifest.Name.Name, [Admission.Refused(prepared, claim, result.Refusal)]));
            }

            claimed.Add(result.Address);
        }

        AdmissionOutcome<AdmittedService> done = Admission.Complete(prepared, claimed);
        if (done.Value is { } admitted)
        {
            return admitted;
        }

        Release(uid, claimed);
        throw new CheckFailure(Admission.Describe(manifest.Name.Name, done.Violations));
    }

    /// <summary>Gives addresses back.</summary>
    public void Release(Guid uid, IEnumerable<IpAddress> addresses)
    {
        foreach (IpAddress address in addresses)
        {
            PoolOf(address.Family).Release(uid, address, quarantine: null);
        }
    }

    private ClaimResult Claim(ClusterIPClaim claim, NamespacedName owner, Guid uid)
    {
        Lease lease = new(uid, uid, owner, "clusterIP", DateTimeOffset.UtcNow);
        AddressPool pool = PoolOf(claim.Family);
        return claim.Address is { } asked ? pool.Claim(lease, asked) : pool.ClaimAny(lease, (ulong)Random.Shared.NextInt64());
    }

    private AddressPool PoolOf(IpFamily family) => family == IpFamily.IPv4 ? _v4 : _v6;
}
