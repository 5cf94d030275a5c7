using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Services;

namespace Orleans.Cn2.Grains.Services;

/// <summary>Makes the claims of an admission in the service subnets, and gives addresses back.</summary>
internal sealed class AddressClaims(IGrainFactory grains, ClusterInventory inventory, TimeProvider time)
{
    /// <summary>The families of the cluster: those of the default service subnet.</summary>
    /// <exception cref="FailedPreconditionException">There is no service subnet.</exception>
    public ServiceCluster Cluster(string service) =>
        inventory.Subnets.FirstOrDefault(subnet => subnet.Name == inventory.DefaultServiceSubnet) is { } subnet
            ? ServiceCluster.Of(subnet.Prefixes)
            : throw new FailedPreconditionException("Service", service, "there is no service subnet to allocate from; apply one first");

    /// <summary>The claims with ids, to be written down before they are made: each names the subnet that an address asked for lies in, or the first with the family.</summary>
    public ImmutableArray<PendingClaim> Plan(AdmissionPlan plan) => [.. plan.Claims.Select(claim => new PendingClaim(
        Guid.NewGuid(),
        Candidates(claim).Select(subnet => subnet.Name).FirstOrDefault() ?? inventory.DefaultServiceSubnet ?? "",
        claim.Family))];

    /// <summary>Makes the claims in order.</summary>
    /// <exception cref="InvalidObjectException">An address asked for is taken or not of this cluster.</exception>
    /// <exception cref="PoolExhaustedException">No address is left.</exception>
    public async Task<ImmutableArray<FloatingIp>> MakeAsync(
        AdmissionPlan plan, ImmutableArray<PendingClaim> pending, Guid ownerUid, bool dryRun)
    {
        ImmutableArray<FloatingIp>.Builder granted = ImmutableArray.CreateBuilder<FloatingIp>();
        foreach ((ClusterIPClaim claim, PendingClaim written) in plan.Claims.Zip(pending))
        {
            ClaimRequest request = new(written.ClaimId, ownerUid, plan.Manifest.Name, claim.Family, claim.Address, dryRun);
            ClaimAnswer answer = await grains.GetGrain<ISubnetGrain>(written.Subnet).Claim(request);
            if (answer.Status != ClaimStatus.Granted)
            {
                throw Refusal(plan, claim, answer.Status);
            }

            granted.Add(new FloatingIp(answer.Address, written.Subnet, written.ClaimId, time.GetUtcNow()));
        }

        return granted.ToImmutable();
    }

    /// <summary>Gives back what was granted to claims whose answer may never have arrived; nothing was published of them.</summary>
    public Task UndoAsync(IEnumerable<PendingClaim> pending) => Task.WhenAll(pending.GroupBy(claim => claim.Subnet).Select(subnet =>
        grains.GetGrain<ISubnetGrain>(subnet.Key).Release([.. subnet.Select(claim => new ReleaseRequest(claim.ClaimId, default, claim.Family, Fence.None))])));

    /// <summary>Releases addresses behind a fence.</summary>
    public Task ReleaseAsync(IEnumerable<FloatingIp> addresses, Fence fence) => Task.WhenAll(addresses.GroupBy(fip => fip.Subnet).Select(subnet =>
        grains.GetGrain<ISubnetGrain>(subnet.Key).Release(
            [.. subnet.Select(fip => new ReleaseRequest(fip.ClaimId, fip.Address, fip.Address.Family, fence))])));

    private IEnumerable<SubnetEntry> Candidates(ClusterIPClaim claim) => inventory.Subnets
        .Where(subnet => subnet.Purpose == SubnetPurpose.Service)
        .OrderBy(subnet => subnet.Name == inventory.DefaultServiceSubnet ? 0 : 1)
        .Where(subnet => subnet.Prefixes.Any(prefix => claim.Address is { } address ? prefix.Contains(address) : prefix.Family == claim.Family));

    private static ControlPlaneException Refusal(AdmissionPlan plan, ClusterIPClaim claim, ClaimStatus status)
    {
        string name = plan.Manifest.Name.ToString();
        return status switch
        {
            ClaimStatus.Taken => new InvalidObjectException("Service", name, [Admission.Refused(plan, claim, ClaimRefusal.AlreadyAllocated)]),
            ClaimStatus.OutOfRange or ClaimStatus.NoPool when claim.Address is not null =>
                new InvalidObjectException("Service", name, [Admission.Refused(plan, claim, ClaimRefusal.OutOfRange)]),
            _ => new PoolExhaustedException("Service", name, Admission.RangeFull(plan.Manifest.Name.Name)),
        };
    }
}
