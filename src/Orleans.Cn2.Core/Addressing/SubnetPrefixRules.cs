using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Addressing;

/// <summary>Rules for the prefixes of a subnet, in the words Kubernetes uses for ServiceCIDRs.</summary>
public static class SubnetPrefixRules
{
    /// <summary>Shortest IPv6 prefix a pool manages.</summary>
    public const int ShortestIPv6 = 64;

    /// <summary>
    /// Violations of the prefixes as written: one or two, at most one a family, each canonical, IPv6 no shorter than /64.
    /// </summary>
    /// <param name="cidrs">The prefixes as written; the first one's family is the default.</param>
    /// <param name="field">Path the violations name, e.g. <c>spec.cidrs</c>.</param>
    public static ValueList<FieldViolation> Validate(IReadOnlyList<string> cidrs, string field)
    {
        ArgumentNullException.ThrowIfNull(cidrs);
        if (cidrs.Count == 0)
        {
            return [FieldViolation.Required(field, "at least one CIDR required")];
        }

        if (cidrs.Count > 2)
        {
            return [FieldViolation.Invalid(field, BadValue.List(cidrs), "may only hold up to 2 values")];
        }

        List<FieldViolation> violations = [];
        for (int i = 0; i < cidrs.Count; i++)
        {
            if (Fault(cidrs[i]) is { } fault)
            {
                violations.Add(FieldViolation.Invalid($"{field}[{i}]", cidrs[i], fault));
            }
        }

        if (violations.Count == 0 && cidrs.Count == 2 && IpPrefix.Parse(cidrs[0]).Family == IpPrefix.Parse(cidrs[1]).Family)
        {
            violations.Add(FieldViolation.Invalid(field, BadValue.List(cidrs),
                "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/96"));
        }

        return violations.ToValueList();
    }

    private static string? Fault(string cidr)
    {
        int slash = cidr.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !IpAddress.TryParse(cidr.AsSpan(0, slash), null, out IpAddress address)
            || !IpPrefix.TryParseLength(cidr.AsSpan(slash + 1), address.Width, out int length))
        {
            return "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
        }

        string canonical = IpPrefix.Around(address, length).ToString();
        if (canonical != cidr)
        {
            return $"must be in canonical form ({GoText.Quote(canonical)})";
        }

        return address.Family == IpFamily.IPv6 && length < ShortestIPv6
            ? $"shortest allowed prefix length for service CIDR is {ShortestIPv6}, got {length}"
            : null;
    }
}
