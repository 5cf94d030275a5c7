using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>
/// Decides the family policy and the families of a Service before addresses are allocated, on create and update.
/// In this order, since the first step that fails determines the message:
/// policy default, field syntax, update-only checks, policy against counts, families inferred from addresses,
/// headless without selector, families against the cluster, default and second family.
/// </summary>
internal static class FamilyResolution
{
    private const string PolicyField = "spec.ipFamilyPolicy";

    /// <summary>The spec with policy and families decided, or why that can't be.</summary>
    /// <param name="spec">The defaulted, normalized spec.</param>
    /// <param name="old">The stored spec; <see langword="null"/> on create.</param>
    /// <param name="cluster">The cluster's families.</param>
    public static AdmissionOutcome<ServiceSpec> Resolve(ServiceSpec spec, ServiceSpec? old, ServiceCluster cluster)
    {
        if (spec.Type == SpecValues.ExternalName || KeepsPreferDualStack(spec, old))
        {
            return new(spec);
        }

        ServiceSpec resolved = spec with { IpFamilyPolicy = spec.IpFamilyPolicy ?? DefaultPolicy(spec, old) };
        ValueList<FieldViolation> malformed = ClusterIPRules.Validate(resolved).ToValueList();
        if (malformed.Count > 0)
        {
            return new(malformed);
        }

        List<FieldViolation> violations = [];
        if (old is not null)
        {
            resolved = ReleaseSecondary(resolved, old, violations);
        }

        CheckPolicyAgainstCounts(resolved, violations);
        resolved = InferFamilies(resolved, cluster, violations);
        if (violations.Count > 0)
        {
            return new(violations.ToValueList());
        }

        if (resolved.ClusterIP == SpecValues.None && resolved.HasNoSelector())
        {
            return new(HeadlessWithoutSelector(resolved, cluster));
        }

        CheckFamiliesAgainstCluster(resolved, cluster, violations);
        return violations.Count > 0 ? new(violations.ToValueList()) : new(AddMissingFamilies(resolved, cluster));
    }

    /// <summary>
    /// A PreferDualStack Service neither gains nor loses a family merely because the cluster did: an update that repeats
    /// type, policy, addresses and families leaves them alone.
    /// </summary>
    private static bool KeepsPreferDualStack(ServiceSpec spec, ServiceSpec? old) =>
        old is not null && spec.NeedsClusterIP() && spec.Type == old.Type
        && spec.IpFamilyPolicy == SpecValues.PreferDualStack
        && old.IpFamilyPolicy is null or SpecValues.PreferDualStack
        && spec.SameClusterIPs(old) && spec.SameIpFamilies(old);

    private static string DefaultPolicy(ServiceSpec spec, ServiceSpec? old) =>
        old?.IpFamilyPolicy
        ?? (spec.ClusterIP == SpecValues.None && spec.HasNoSelector() ? SpecValues.RequireDualStack : SpecValues.SingleStack);

    /// <summary>Asking for SingleStack is what gives up the second address; otherwise nothing may shrink.</summary>
    private static ServiceSpec ReleaseSecondary(ServiceSpec spec, ServiceSpec old, List<FieldViolation> violations)
    {
        if (spec.IpFamilyPolicy == SpecValues.SingleStack)
        {
            return spec with
            {
                ClusterIPs = spec.SameClusterIPs(old) && spec.ClusterIPs is { Count: > 1 } ips ? ips.First() : spec.ClusterIPs,
                IpFamilies =
                    spec.SameIpFamilies(old) && spec.IpFamilies is { Count: > 1 } families ? families.First() : spec.IpFamilies,
            };
        }

        if (Shrank(spec.ClusterIPs, old.ClusterIPs))
        {
            violations.Add(FieldViolation.Invalid(
                PolicyField, spec.IpFamilyPolicy, "must be 'SingleStack' to release the secondary cluster IP"));
        }

        if (Shrank(spec.IpFamilies, old.IpFamilies))
        {
            violations.Add(FieldViolation.Invalid(
                PolicyField, spec.IpFamilyPolicy, "must be 'SingleStack' to release the secondary IP family"));
        }

        return spec;
    }

    private static bool Shrank(ValueList<string>? given, ValueList<string>? old) =>
        given is { Count: > 0 } && given.Count < old.OrEmpty().Count;

    private static void CheckPolicyAgainstCounts(ServiceSpec spec, List<FieldViolation> violations)
    {
        if (spec.IpFamilyPolicy != SpecValues.SingleStack)
        {
            return;
        }

        if (spec.ClusterIPs.OrEmpty().Count == 2)
        {
            violations.Add(FieldViolation.Invalid(PolicyField, spec.IpFamilyPolicy,
                "must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified"));
        }

        if (spec.IpFamilies.OrEmpty().Count == 2)
        {
            violations.Add(FieldViolation.Invalid(PolicyField, spec.IpFamilyPolicy,
                "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified"));
        }
    }

    /// <summary>A family that is not named follows from its address; an unconfigured one is blamed on the address.</summary>
    private static ServiceSpec InferFamilies(ServiceSpec spec, ServiceCluster cluster, List<FieldViolation> violations)
    {
        ValueList<string> ips = spec.ClusterIPs.OrEmpty();
        ValueList<string>? families = spec.IpFamilies;
        for (int i = 0; i < ips.Count && ips[i] != SpecValues.None; i++)
        {
            if (i < families.OrEmpty().Count)
            {
                continue;
            }

            IpFamily family = IpAddress.Parse(ips[i]).Family;
            if (cluster.Has(family))
            {
                families = families.OrEmpty().Append(family.ToString());
            }
            else
            {
                violations.Add(FieldViolation.Invalid(
                    $"spec.clusterIPs[{i}]", BadValue.List(ips), $"{family} is not configured on this cluster"));
            }
        }

        return spec with { IpFamilies = families };
    }

    /// <summary>Nothing is allocated and back ends are given by hand, so any family goes on any cluster.</summary>
    private static ServiceSpec HeadlessWithoutSelector(ServiceSpec spec, ServiceCluster cluster)
    {
        ValueList<string> families =
            spec.IpFamilies is { Count: > 0 } given ? given : [cluster.Default.ToString()];
        return spec with
        {
            IpFamilies = families.Count < 2 && spec.IpFamilyPolicy != SpecValues.SingleStack
                ? families.Append(Other(families[0]))
                : families,
        };
    }

    private static void CheckFamiliesAgainstCluster(ServiceSpec spec, ServiceCluster cluster, List<FieldViolation> violations)
    {
        if (spec.IpFamilyPolicy == SpecValues.RequireDualStack && !cluster.IsDualStack)
        {
            violations.Add(FieldViolation.Invalid(
                PolicyField, spec.IpFamilyPolicy, "this cluster is not configured for dual-stack services"));
        }

        ValueList<string> families = spec.IpFamilies.OrEmpty();
        for (int i = 0; i < families.Count; i++)
        {
            if (!cluster.Has(Enum.Parse<IpFamily>(families[i])))
            {
                violations.Add(FieldViolation.Invalid(
                    $"spec.ipFamilies[{i}]", families[i], "not configured on this cluster"));
            }
        }
    }

    private static ServiceSpec AddMissingFamilies(ServiceSpec spec, ServiceCluster cluster)
    {
        ValueList<string> families =
            spec.IpFamilies is { Count: > 0 } given ? given : [cluster.Default.ToString()];
        return spec with
        {
            IpFamilies = families.Count == 1 && cluster.IsDualStack && spec.IpFamilyPolicy != SpecValues.SingleStack
                ? families.Append(Other(families[0]))
                : families,
        };
    }

    private static string Other(string family) => family == SpecValues.IPv4 ? SpecValues.IPv6 : SpecValues.IPv4;
}
