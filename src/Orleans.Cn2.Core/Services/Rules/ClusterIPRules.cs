using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>
/// Whether <c>clusterIP</c>, <c>clusterIPs</c>, <c>ipFamilies</c> and <c>ipFamilyPolicy</c> are well-formed and agree
/// among themselves. Looked at twice: before addresses are allocated, and on the final spec.
/// </summary>
internal static class ClusterIPRules
{
    private const string IPsField = "spec.clusterIPs";

    /// <summary>All violations; none for ExternalName, which may have none of the fields.</summary>
    public static IEnumerable<FieldViolation> Validate(ServiceSpec spec)
    {
        if (spec.Type == SpecValues.ExternalName)
        {
            return [];
        }

        ValueList<string> ips = spec.ClusterIPs.OrEmpty();
        List<FieldViolation> violations = [.. Linked(spec), .. FamiliesAndPolicy(spec)];
        List<FieldViolation> malformed = [.. Malformed(ips)];
        violations.AddRange(malformed);
        if (ips.Count > 2)
        {
            violations.Add(FieldViolation.Invalid(IPsField, BadValue.List(ips), "may only hold up to 2 values"));
        }

        if (malformed.Count > 0)
        {
            // What follows would only restate a malformed address.
            return violations;
        }

        if (ips.Count > 1 && ips.Select(FamilyOf).Distinct().Count() == 1)
        {
            violations.Add(FieldViolation.Invalid(
                IPsField, BadValue.List(ips), "may specify no more than one IP for each IP family"));
        }

        violations.AddRange(AgreeWithFamilies(spec, ips));
        return violations;
    }

    private static IEnumerable<FieldViolation> Linked(ServiceSpec spec)
    {
        ValueList<string> ips = spec.ClusterIPs.OrEmpty();
        if (string.IsNullOrEmpty(spec.ClusterIP))
        {
            if (ips.Count > 0)
            {
                yield return FieldViolation.Invalid(
                    IPsField, BadValue.List(ips), "must be empty when `clusterIP` is not specified");
            }
        }
        else if (ips.Count == 0)
        {
            yield return FieldViolation.Required(IPsField);
        }
        else if (ips[0] != spec.ClusterIP)
        {
            yield return FieldViolation.Invalid(IPsField, BadValue.List(ips), "first value must match `clusterIP`");
        }
    }

    private static IEnumerable<FieldViolation> FamiliesAndPolicy(ServiceSpec spec)
    {
        HashSet<string> seen = [];
        ValueList<string> families = spec.IpFamilies.OrEmpty();
        for (int i = 0; i < families.Count; i++)
        {
            string field = $"spec.ipFamilies[{i}]";
            if (!SpecValues.Families.Contains(families[i]))
            {
                yield return FieldViolation.NotSupported(field, families[i], SpecValues.Families);
            }

            if (!seen.Add(families[i]))
            {
                yield return FieldViolation.Duplicate(field, families[i]);
            }
        }

        if (spec.IpFamilyPolicy is { } policy && !SpecValues.Policies.Contains(policy))
        {
            yield return FieldViolation.NotSupported("spec.ipFamilyPolicy", policy, SpecValues.Policies);
        }
    }

    private static IEnumerable<FieldViolation> Malformed(ValueList<string> ips)
    {
        for (int i = 0; i < ips.Count; i++)
        {
            if (i == 0 && ips[i] == SpecValues.None)
            {
                if (ips.Count > 1)
                {
                    yield return FieldViolation.Invalid(
                        IPsField, BadValue.List(ips), "'None' must be the first and only value");
                }
            }
            else if (IpSyntax.Check(ips[i]) is { } fault)
            {
                yield return FieldViolation.Invalid($"{IPsField}[{i}]", ips[i], fault);
            }
        }
    }

    private static IEnumerable<FieldViolation> AgreeWithFamilies(ServiceSpec spec, ValueList<string> ips)
    {
        ValueList<string> families = spec.IpFamilies.OrEmpty();
        for (int i = 0; i < Math.Min(ips.Count, families.Count) && !spec.IsHeadless(); i++)
        {
            if (SpecValues.Families.Contains(families[i]) && FamilyOf(ips[i]).ToString() != families[i])
            {
                yield return FieldViolation.Invalid(
                    $"{IPsField}[{i}]", ips[i], $"expected an {families[i]} value as indicated by `ipFamilies[{i}]`");
            }
        }
    }

    private static IpFamily FamilyOf(string ip) => IpAddress.Parse(ip).Family;
}
