using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>
/// What an update may not change. Primary address and family never change; a second one may be added, and removed only
/// with policy SingleStack. Only a passage through ExternalName allocates anew.
/// </summary>
internal static class ImmutabilityRules
{
    private const string IPsField = "spec.clusterIPs";
    private const string FamilyField = "spec.ipFamilies[0]";
    private const string Immutable = "may not change once set";

    /// <summary>Violations of addresses, then of families.</summary>
    public static IEnumerable<FieldViolation> Validate(ServiceSpec spec, ServiceSpec old)
    {
        if (spec.Type == SpecValues.ExternalName || old.Type == SpecValues.ExternalName)
        {
            return [];
        }

        return (spec.IsHeadless(), old.IsHeadless()) switch
        {
            (true, true) => [],
            (false, false) => ClusterIPs(spec, old).Concat(Families(spec, old)),
            _ => ClusterIPs(spec, old),
        };
    }

    private static IEnumerable<FieldViolation> ClusterIPs(ServiceSpec spec, ServiceSpec old)
    {
        ValueList<string> now = spec.ClusterIPs.OrEmpty();
        ValueList<string> before = old.ClusterIPs.OrEmpty();
        if (now.Count == 0)
        {
            yield return FieldViolation.Invalid($"{IPsField}[0]", BadValue.List(spec.ClusterIPs), "primary clusterIP can not be unset");
            yield break;
        }

        int compared = now.Count == before.Count ? now.Count : 1;
        for (int i = 0; i < compared; i++)
        {
            if (now[i] != before[i])
            {
                yield return FieldViolation.Invalid($"{IPsField}[{i}]", BadValue.List(now), Immutable);
            }
        }

        if (now.Count < before.Count && spec.IpFamilyPolicy != SpecValues.SingleStack)
        {
            yield return MustRelease(spec, "clusterIP");
        }
    }

    private static IEnumerable<FieldViolation> Families(ServiceSpec spec, ServiceSpec old)
    {
        ValueList<string> now = spec.IpFamilies.OrEmpty();
        ValueList<string> before = old.IpFamilies.OrEmpty();
        if (now.Count == 0)
        {
            yield return FieldViolation.Invalid(FamilyField, BadValue.List(spec.IpFamilies), "primary ipFamily can not be unset");
            yield break;
        }

        if (now.Count == before.Count)
        {
            if (!now.Equals(before))
            {
                yield return FieldViolation.Invalid(FamilyField, BadValue.List(now), Immutable);
            }
        }
        else if (now[0] != before[0])
        {
            // Kubernetes shows the addresses here, not the families.
            yield return FieldViolation.Invalid(FamilyField, BadValue.List(spec.ClusterIPs), Immutable);
        }

        if (now.Count < before.Count && spec.IpFamilyPolicy != SpecValues.SingleStack)
        {
            yield return MustRelease(spec, "ipFamily");
        }
    }

    private static FieldViolation MustRelease(ServiceSpec spec, string what) => FieldViolation.Invalid(
        "spec.ipFamilyPolicy", spec.IpFamilyPolicy, $"must be set to 'SingleStack' when releasing the secondary {what}");
}
