using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>What <c>spec.type</c> demands of, forbids to, or takes away from other fields.</summary>
internal static class TypeRules
{
    private const string NotForExternalName = "may not be set for ExternalName services";

    /// <summary>The type is one of the four.</summary>
    public static IEnumerable<FieldViolation> ValidateType(ServiceSpec spec)
    {
        if (!SpecValues.Types.Contains(spec.Type))
        {
            yield return FieldViolation.NotSupported("spec.type", spec.Type, SpecValues.Types);
        }
    }

    /// <summary>A headless Service is of type ClusterIP; an ExternalName one has a name and no address.</summary>
    public static IEnumerable<FieldViolation> ValidateFieldsOfType(ServiceSpec spec) => spec.Type switch
    {
        SpecValues.LoadBalancer or SpecValues.NodePort when spec.IsHeadless() =>
        [
            FieldViolation.Invalid("spec.clusterIPs[0]", SpecValues.None, $"may not be set to 'None' for {spec.Type} services"),
        ],
        SpecValues.ExternalName => ExternalName(spec),
        _ => [],
    };

    /// <summary>
    /// Update to a type without cluster addresses: what was allocated and merely repeated is dropped.
    /// A value the asker changed stays, for validation to refuse.
    /// </summary>
    public static ServiceSpec DropStale(ServiceSpec spec, ServiceSpec old)
    {
        if (!old.NeedsClusterIP() || spec.NeedsClusterIP())
        {
            return spec;
        }

        bool sameIPs = spec.SameClusterIPs(old);
        return spec with
        {
            ClusterIP = sameIPs ? null : spec.ClusterIP,
            ClusterIPs = sameIPs ? null : spec.ClusterIPs,
            IpFamilies = spec.SameIpFamilies(old) ? null : spec.IpFamilies,
            IpFamilyPolicy = spec.IpFamilyPolicy == old.IpFamilyPolicy ? null : spec.IpFamilyPolicy,
        };
    }

    private static IEnumerable<FieldViolation> ExternalName(ServiceSpec spec)
    {
        if (spec.ClusterIPs is { Count: > 0 })
        {
            yield return FieldViolation.Forbidden("spec.clusterIPs", NotForExternalName);
        }

        if (spec.IpFamilies is { Count: > 0 })
        {
            yield return FieldViolation.Forbidden("spec.ipFamilies", NotForExternalName);
        }

        if (spec.IpFamilyPolicy is not null)
        {
            yield return FieldViolation.Forbidden("spec.ipFamilyPolicy", NotForExternalName);
        }

        // One trailing dot marks the name as fully qualified.
        string name = spec.ExternalName ?? "";
        string bare = name.EndsWith('.') ? name[..^1] : name;
        if (bare.Length == 0)
        {
            yield return FieldViolation.Required("spec.externalName");
        }
        else
        {
            foreach (string fault in NameSyntax.DnsSubdomain(bare))
            {
                yield return FieldViolation.Invalid("spec.externalName", bare, fault);
            }
        }
    }
}
