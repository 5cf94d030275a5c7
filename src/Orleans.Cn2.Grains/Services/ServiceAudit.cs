using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Grains.Audits;

namespace Orleans.Cn2.Grains.Services;

/// <summary>
/// Compares the addresses of a Service with the leases of their subnets. What has no lease would be given to another Service while the tables lead it to this
/// one: a free address is leased again, one that another has is reported until either is deleted. Logs and counts what this and the other audits of it find.
/// </summary>
internal sealed class ServiceAudit(IGrainFactory grains, AuditMeter meter, ILogger log)
{
    /// <summary>The addresses without a lease; none as a rule.</summary>
    public async Task<ImmutableArray<(FloatingIp Fip, NamespacedName? Holder)>> FindAsync(StoredService stored)
    {
        IEnumerable<Task<(FloatingIp, NamespacedName?)[]>> asked = stored.FloatingIps.GroupBy(fip => fip.Subnet).Select(async held =>
        {
            ImmutableArray<LeaseGap> gaps = await grains.GetGrain<ISubnetGrain>(held.Key).FindGaps([.. held.Select(fip => new HeldAddress(fip.ClaimId, fip.Address))]);
            return gaps.Select(gap => (held.First(fip => fip.Address == gap.Address), gap.Holder)).ToArray();
        });
        return [.. (await Task.WhenAll(asked)).SelectMany(gaps => gaps)];
    }

    /// <summary>Leases free ones again, and reports the others. Only for the Service's newest activation: another one may have released them.</summary>
    public async Task MendAsync(StoredService stored, ImmutableArray<(FloatingIp Fip, NamespacedName? Holder)> gaps)
    {
        NamespacedName name = stored.Admitted.Name;
        foreach ((FloatingIp fip, NamespacedName? holder) in gaps)
        {
            ClaimStatus status = holder is not null
                ? ClaimStatus.Taken
                : (await grains.GetGrain<ISubnetGrain>(fip.Subnet).Claim(new ClaimRequest(fip.ClaimId, stored.Uid, name, fip.Address.Family, fip.Address))).Status;
            if (status == ClaimStatus.Granted)
            {
                log.LeaseMissing(name, fip.Address, fip.Subnet);
                meter.Found(AuditMeter.LeaseMissing);
            }
            else
            {
                log.AddressLost(name, fip.Address, fip.Subnet, holder?.ToString() ?? status.ToString());
                meter.Found(AuditMeter.AddressLost);
            }
        }
    }

    /// <summary>A subnet has a lease that the Service knows nothing of.</summary>
    public void FoundStrayLease(string service, IpAddress address, string subnet)
    {
        log.StrayLease(service, address, subnet);
        meter.Found(AuditMeter.StrayLease);
    }

    /// <summary>The shard has not got what was published.</summary>
    public void FoundLostPublication(string service, ulong held, ulong published)
    {
        log.PublicationLost(service, held, published);
        meter.Found(AuditMeter.PublicationLost);
    }
}
