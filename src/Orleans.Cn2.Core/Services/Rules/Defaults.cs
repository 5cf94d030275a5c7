using Orleans.Cn2.Core.Collections;

namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>
/// Values that omitted fields take before anything else is looked at (Kubernetes' v1 defaults). The family policy and the
/// families have no static default: see <see cref="FamilyResolution"/>.
/// </summary>
internal static class Defaults
{
    /// <summary>Seconds a ClientIP binding lasts when none are given.</summary>
    public const int AffinityTimeoutSeconds = 10_800;

    /// <summary>The spec with defaults filled in; empty strings count as omitted.</summary>
    public static ServiceSpec Apply(ServiceSpec spec)
    {
        string affinity = OrDefault(spec.SessionAffinity, SpecValues.None);
        ServiceSpec typed = spec with
        {
            Type = OrDefault(spec.Type, SpecValues.ClusterIP),
            SessionAffinity = affinity,
            SessionAffinityConfig = AffinityConfig(affinity, spec.SessionAffinityConfig),
            Ports = spec.Ports?.Select(Port).ToValueList(),
            InternalTrafficPolicy = NullIfEmpty(spec.InternalTrafficPolicy),
            ExternalTrafficPolicy = NullIfEmpty(spec.ExternalTrafficPolicy),
            ClusterIP = NullIfEmpty(spec.ClusterIP),
        };
        return typed with
        {
            InternalTrafficPolicy = typed.InternalTrafficPolicy ?? (typed.NeedsClusterIP() ? SpecValues.Cluster : null),
            ExternalTrafficPolicy =
                typed.ExternalTrafficPolicy ?? (typed.IsExternallyAccessible() ? SpecValues.Cluster : null),
        };
    }

    private static ServicePortSpec Port(ServicePortSpec port) => port with
    {
        Protocol = OrDefault(port.Protocol, SpecValues.Tcp),
        TargetPort = port.TargetPort is { IsUnset: false } target ? target : IntOrString.Of(port.Port),
    };

    private static SessionAffinityConfigSpec? AffinityConfig(string affinity, SessionAffinityConfigSpec? config) =>
        affinity switch
        {
            SpecValues.None => null,
            SpecValues.ClientIP when config?.ClientIP?.TimeoutSeconds is null => new(new(AffinityTimeoutSeconds)),
            _ => config,
        };

    private static string OrDefault(string? value, string fallback) => string.IsNullOrEmpty(value) ? fallback : value;

    private static string? NullIfEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
