using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Services;

namespace Orleans.Cn2.Core.Tests.Services;

/// <summary>Carries an admission through with the simplest pool there is, and undoes its claims when it fails.</summary>
internal sealed class SimplePool(params IEnumerable<IpAddress> taken)
{
    private readonly HashSet<IpAddress> _taken = [.. taken];
    private uint _next = 0x100;

    /// <summary>Addresses the pool chose itself.</summary>
    public HashSet<IpAddress> Chosen { get; } = [];

    /// <summary>Addresses taken now.</summary>
    public IReadOnlySet<IpAddress> Taken => _taken;

    /// <summary>The admitted Service, or the message that refuses it.</summary>
    public (AdmissionPlan? Plan, AdmittedService? Service, string? Error) Admit(
        ServiceManifest manifest, AdmittedService? old, ServiceCluster cluster)
    {
        AdmissionOutcome<AdmissionPlan> prepared = Admission.Prepare(manifest, old, cluster);
        if (!prepared.Succeeded)
        {
            return (null, null, Admission.Describe(manifest.Name.Name, prepared.Violations));
        }

        AdmissionPlan plan = prepared.Value;
        List<IpAddress> claimed = [];
        foreach (ClusterIPClaim claim in plan.Claims)
        {
            IpAddress address = claim.Address ?? Choose(claim.Family);
            Assert.Equal(claim.Family, address.Family);
            if (!_taken.Add(address))
            {
                _taken.ExceptWith(claimed);
                return (plan, null, Admission.Describe(
                    manifest.Name.Name, [Admission.Refused(plan, claim, ClaimRefusal.AlreadyAllocated)]));
            }

            claimed.Add(address);
        }

        AdmissionOutcome<AdmittedService> completed = Admission.Complete(plan, claimed);
        if (!completed.Succeeded)
        {
            _taken.ExceptWith(claimed);
            return (plan, null, Admission.Describe(manifest.Name.Name, completed.Violations));
        }

        _taken.ExceptWith(plan.Releases);
        return (plan, completed.Value, null);
    }

    private IpAddress Choose(IpFamily family)
    {
        IpAddress address = family == IpFamily.IPv4
            ? IpAddress.V4(0x0a000000 + _next++)
            : IpAddress.V6(((UInt128)0x2000 << 112) + _next++);
        Chosen.Add(address);
        return address;
    }
}
