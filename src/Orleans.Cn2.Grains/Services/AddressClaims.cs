using System.Collections.Immutable;
using System.Diagnostics;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Services;

namespace Orleans.Cn2.Grains.Services;

/// <summary>Makes the claims of an admission in the service subnets, and gives addresses back.</summary>
internal sealed class AddressClaims(IGrainFactory grains, TimeProvider time)
{
    /// <summary>The families of the cluster: those of the default service subnet.</summary>
    /// <exception cref="FailedPreconditionException">There is no service subnet.</exception>
    public static ServiceCluster FamiliesOf(ClusterInventory inventory, string service) =>
        inventory.Subnets.FirstOrDefault(subnet => subnet.Name == inventory.DefaultServiceSubnet) is { } subnet
            ? ServiceCluster.Of(subnet.Prefixes)
            : throw new FailedPreconditionException("Service", service, "there is no service subnet to allocate from; apply one first");

    /// <summary>
    /// The claims with ids, to be written down before they are made: each names the subnets to try in order, that is the one an address asked for lies in, or
    /// all service subnets with the family, the default one first.
    /// </summary>
    public static ValueList<PendingClaim> Plan(ClusterInventory inventory, AdmissionPlan plan) => plan.Claims
        .Select(claim => new PendingClaim(Guid.NewGuid(), Candidates(inventory, claim).Select(subnet => subnet.Name).ToValueList(), claim.Family))
        .ToValueList();

    /// <summary>Makes the claims, of both families at once where any address will do. Where several are refused, the first one says why.</summary>
    /// <exception cref="InvalidObjectException">An address asked for is taken or not of this cluster.</exception>
    /// <exception cref="PoolExhaustedException">No address is left.</exception>
    public async Task<ImmutableArray<FloatingIp>> MakeAsync(AdmissionPlan plan, ValueList<PendingClaim> pending, Guid ownerUid, bool dryRun)
    {
        using Activity? activity = ServiceTracing.Start("service.claim", plan.Manifest.Name);
        IEnumerable<Task<FloatingIp>> claims = plan.Claims.Zip(pending, MakeOneAsync);

        // Those that ask for an address are made in order: of two Services that want the same ones the first must get both.
        if (plan.Claims.All(claim => claim.Address is null))
        {
            return [.. await Task.WhenAll(claims)];
        }

        ImmutableArray<FloatingIp>.Builder granted = ImmutableArray.CreateBuilder<FloatingIp>();
        foreach (Task<FloatingIp> made in claims)
        {
            granted.Add(await made);
        }

        return granted.ToImmutable();

        async Task<FloatingIp> MakeOneAsync(ClusterIPClaim claim, PendingClaim written)
        {
            ClaimRequest request = new(written.ClaimId, ownerUid, plan.Manifest.Name, claim.Family, claim.Address, dryRun);
            (string subnet, ClaimAnswer answer) = await TryAsync(written.Subnets, request);
            return answer.Status == ClaimStatus.Granted
                ? new FloatingIp(answer.Address, subnet, written.ClaimId, time.GetUtcNow())
                : throw Refusal(plan, claim, answer.Status);
        }
    }

    /// <summary>Gives back what was granted to claims whose answer may never have arrived; nothing was published of them.</summary>
    public Task UndoAsync(IEnumerable<PendingClaim> pending) => Task.WhenAll(pending
        .SelectMany(claim => claim.Subnets.Select(subnet => (Subnet: subnet, Request: new ReleaseRequest(claim.ClaimId, default, claim.Family, Fence.None))))
        .GroupBy(release => release.Subnet, release => release.Request)
        .Select(releases => grains.GetGrain<ISubnetGrain>(releases.Key).Release([.. releases])));

    /// <summary>Releases addresses behind a fence.</summary>
    public Task ReleaseAsync(IEnumerable<FloatingIp> addresses, Fence fence) => Task.WhenAll(addresses
        .GroupBy(fip => fip.Subnet, fip => new ReleaseRequest(fip.ClaimId, fip.Address, fip.Address.Family, fence))
        .Select(releases => grains.GetGrain<ISubnetGrain>(releases.Key).Release([.. releases])));

    private async Task<(string Subnet, ClaimAnswer Answer)> TryAsync(ValueList<string> subnets, ClaimRequest request)
    {
        (string Subnet, ClaimAnswer Answer) last = ("", new ClaimAnswer(ClaimStatus.NoPool, default));
        foreach (string subnet in subnets)
        {
            last = (subnet, await grains.GetGrain<ISubnetGrain>(subnet).Claim(request));
            if (last.Answer.Status is not (ClaimStatus.Exhausted or ClaimStatus.NoPool))
            {
                break;
            }
        }

        return last;
    }

    private static IEnumerable<SubnetEntry> Candidates(ClusterInventory inventory, ClusterIPClaim claim) => inventory.Subnets
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
