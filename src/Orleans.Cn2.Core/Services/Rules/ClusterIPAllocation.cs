using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;

namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>Which addresses a create or update takes and gives up.</summary>
internal static class ClusterIPAllocation
{
    /// <summary>Stands in <c>clusterIPs</c> for an address still to be allocated; messages until then show it.</summary>
    private const string Unallocated = "";

    /// <summary>
    /// The plan for a spec whose families are decided. Create, and update away from ExternalName: every family.
    /// Other updates: the second address when a family was added or removed, all when the type becomes ExternalName;
    /// nothing for a Service stored as headless.
    /// </summary>
    public static AdmissionPlan Plan(ServiceManifest manifest, AdmittedService? old, ServiceSpec? oldSpec)
    {
        ServiceSpec spec = manifest.Spec;
        if (oldSpec is null || (oldSpec.Type == SpecValues.ExternalName && spec.Type != SpecValues.ExternalName))
        {
            return spec.Type == SpecValues.ExternalName || spec.ClusterIPs.OrEmpty() is [SpecValues.None, ..]
                ? new(manifest, old, [], [])
                : Claim(manifest, old, 0);
        }

        if (oldSpec.IsHeadless())
        {
            return new(manifest, old, [], []);
        }

        if (spec.Type == SpecValues.ExternalName)
        {
            return new(manifest, old, [], old!.Spec.ClusterIPs);
        }

        return (oldSpec.IpFamilies.OrEmpty().Count, spec.IpFamilies.OrEmpty().Count) switch
        {
            (1, 2) => Claim(manifest, old, 1),
            (2, 1) => new(manifest, old, [], [old!.Spec.ClusterIPs[1]]),
            _ => new(manifest, old, [], []),
        };
    }

    /// <summary>The spec with the claimed addresses in their places.</summary>
    public static ServiceSpec Fill(ServiceSpec spec, ValueList<ClusterIPClaim> claims, IReadOnlyList<IpAddress> claimed)
    {
        string[] ips = [.. spec.ClusterIPs.OrEmpty()];
        for (int i = 0; i < claims.Count; i++)
        {
            ips[claims[i].Index] = claimed[i].ToString();
        }

        return claims.Count == 0 ? spec : spec with { ClusterIP = ips[0], ClusterIPs = [.. ips] };
    }

    private static AdmissionPlan Claim(ServiceManifest manifest, AdmittedService? old, int from)
    {
        ValueList<string> families = manifest.Spec.IpFamilies.OrEmpty();
        List<string> ips = [.. manifest.Spec.ClusterIPs.OrEmpty()];
        while (ips.Count < families.Count)
        {
            ips.Add(Unallocated);
        }

        IEnumerable<ClusterIPClaim> claims = Enumerable.Range(from, families.Count - from).Select(i => new ClusterIPClaim(
            i,
            Enum.Parse<IpFamily>(families[i]),
            ips[i] == Unallocated ? null : IpAddress.Parse(ips[i])));
        ServiceSpec spec = manifest.Spec with { ClusterIPs = [.. ips] };
        return new(manifest with { Spec = spec }, old, claims.ToValueList(), []);
    }
}
