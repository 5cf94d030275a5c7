using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>Rules for the traffic policies and <c>spec.trafficDistribution</c>.</summary>
internal static class TrafficRules
{
    /// <summary>External policy, internal policy, distribution, in this order.</summary>
    public static IEnumerable<FieldViolation> Validate(ServiceSpec spec)
    {
        if (spec.ExternalTrafficPolicy is { } external)
        {
            if (!spec.IsExternallyAccessible())
            {
                yield return FieldViolation.Invalid(
                    "spec.externalTrafficPolicy", external, "may only be set for externally-accessible services");
            }
            else if (!SpecValues.TrafficPolicies.Contains(external))
            {
                yield return FieldViolation.NotSupported("spec.externalTrafficPolicy", external, SpecValues.TrafficPolicies);
            }
        }

        if (spec.InternalTrafficPolicy is { } @internal && !SpecValues.TrafficPolicies.Contains(@internal))
        {
            yield return FieldViolation.NotSupported("spec.internalTrafficPolicy", @internal, SpecValues.TrafficPolicies);
        }

        if (spec.TrafficDistribution is { } distribution && !SpecValues.TrafficDistributions.Contains(distribution))
        {
            yield return FieldViolation.NotSupported(
                "spec.trafficDistribution", distribution, SpecValues.TrafficDistributions);
        }
    }

    /// <summary>Drops a repeated external policy when the Service ceases to be externally accessible.</summary>
    public static ServiceSpec DropStale(ServiceSpec spec, ServiceSpec old) =>
        old.IsExternallyAccessible() && !spec.IsExternallyAccessible()
        && spec.ExternalTrafficPolicy == old.ExternalTrafficPolicy
            ? spec with { ExternalTrafficPolicy = null }
            : spec;
}
