using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;

namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>
/// Keeps <c>clusterIP</c> and <c>clusterIPs</c> in step for clients that know only the one, and carries allocated values
/// over so that applying the original manifest again changes nothing. What remains contradictory is left to validation.
/// </summary>
internal static class ClusterIPLinking
{
    /// <summary>
    /// The spec with addresses in canonical text. Admitted specs hold parsed addresses, so without this a second
    /// apply of <c>2001:DB8::0:1</c> would look like a change of address. Text that is no address stays as it is.
    /// </summary>
    public static ServiceSpec Canonical(ServiceSpec spec) => spec with
    {
        ClusterIP = spec.ClusterIP is null ? null : Canonical(spec.ClusterIP),
        ClusterIPs = spec.ClusterIPs?.Select(Canonical).ToValueList(),
    };

    /// <summary>Create: a lone <c>clusterIP</c> becomes the list; never the reverse.</summary>
    public static ServiceSpec Normalize(ServiceSpec spec) =>
        spec.ClusterIP is not null && spec.ClusterIPs.OrEmpty().Count == 0
            ? spec with { ClusterIPs = [spec.ClusterIP] }
            : spec;

    /// <summary>Update: what the asker left out but the system had allocated is taken from the stored spec.</summary>
    public static ServiceSpec PatchAllocated(ServiceSpec spec, ServiceSpec old)
    {
        ServiceSpec patched = spec;
        if (old.NeedsClusterIP() && spec.NeedsClusterIP())
        {
            patched = patched with
            {
                ClusterIP = patched.ClusterIP ?? old.ClusterIP,
                ClusterIPs = patched.ClusterIPs is { Count: > 0 } given ? given : old.ClusterIPs,
            };
        }

        return old.MayHaveNodePorts() && spec.MayHaveNodePorts() ? NodePortRules.Patch(patched, old) : patched;
    }

    /// <summary>Update: whichever of the two fields the asker changed wins over the one repeated unchanged.</summary>
    public static ServiceSpec Normalize(ServiceSpec spec, ServiceSpec old)
    {
        if (spec.ClusterIP == old.ClusterIP)
        {
            return spec.ClusterIPs.OrEmpty().Count == 0 ? spec with { ClusterIPs = old.ClusterIPs } : spec;
        }

        if (!spec.SameClusterIPs(old))
        {
            return spec;
        }

        return spec with { ClusterIPs = spec.ClusterIP is null ? null : [spec.ClusterIP] };
    }

    private static string Canonical(string text) =>
        IpAddress.TryParse(text, null, out IpAddress address) ? address.ToString() : text;
}
