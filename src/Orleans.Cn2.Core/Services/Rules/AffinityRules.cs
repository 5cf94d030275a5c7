using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>Rules for <c>spec.sessionAffinity</c> and its options.</summary>
internal static class AffinityRules
{
    private const int MaxTimeoutSeconds = 86_400;
    private const string TimeoutField = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";

    /// <summary>
    /// A known affinity with a timeout of 1 to 86400 s. The message says "less than" but, as in Kubernetes, the limit
    /// itself is accepted. Options beside affinity None never get here: defaulting drops them.
    /// </summary>
    public static IEnumerable<FieldViolation> Validate(ServiceSpec spec)
    {
        if (!SpecValues.Affinities.Contains(spec.SessionAffinity))
        {
            yield return FieldViolation.NotSupported("spec.sessionAffinity", spec.SessionAffinity, SpecValues.Affinities);
        }

        if (spec.SessionAffinity == SpecValues.ClientIP
            && spec.SessionAffinityConfig?.ClientIP?.TimeoutSeconds is { } timeout and (<= 0 or > MaxTimeoutSeconds))
        {
            yield return FieldViolation.Invalid(
                TimeoutField, timeout, $"must be greater than 0 and less than {MaxTimeoutSeconds}");
        }
    }
}
