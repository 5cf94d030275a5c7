using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;

namespace Orleans.Cn2.Core.Services;

/// <summary>
/// <c>spec</c> of a Service as asked, before any check: closed sets and addresses are the strings the asker wrote, so that
/// a bad one can be named. <see langword="null"/> means omitted, an empty list means given as <c>[]</c>.
/// </summary>
[GenerateSerializer, Immutable]
public sealed record ServiceSpec
{
    /// <summary>ClusterIP (default), NodePort, LoadBalancer or ExternalName.</summary>
    [Id(0)]
    public string? Type { get; init; }

    /// <summary>An address, <c>None</c> (headless), or absent: the system chooses.</summary>
    [Id(1)]
    public string? ClusterIP { get; init; }

    /// <summary>At most one address a family; the first equals <see cref="ClusterIP"/>.</summary>
    [Id(2)]
    public ValueList<string>? ClusterIPs { get; init; }

    /// <summary>SingleStack, PreferDualStack or RequireDualStack.</summary>
    [Id(3)]
    public string? IpFamilyPolicy { get; init; }

    /// <summary>IPv4, IPv6 or both, the first is the primary family.</summary>
    [Id(4)]
    public ValueList<string>? IpFamilies { get; init; }

    /// <summary>Labels a back end must carry; absent or empty: back ends are given by other means.</summary>
    [Id(5)]
    public LabelSet? Selector { get; init; }

    /// <summary>Port mappings.</summary>
    [Id(6)]
    public ValueList<ServicePortSpec>? Ports { get; init; }

    /// <summary>None (default) or ClientIP.</summary>
    [Id(7)]
    public string? SessionAffinity { get; init; }

    /// <summary>Options of <see cref="SessionAffinity"/>.</summary>
    [Id(8)]
    public SessionAffinityConfigSpec? SessionAffinityConfig { get; init; }

    /// <summary>Cluster (default) or Local.</summary>
    [Id(9)]
    public string? InternalTrafficPolicy { get; init; }

    /// <summary>Cluster (default) or Local; only for externally accessible Services.</summary>
    [Id(10)]
    public string? ExternalTrafficPolicy { get; init; }

    /// <summary>True: back ends count as ready whatever their state.</summary>
    [Id(11)]
    public bool PublishNotReadyAddresses { get; init; }

    /// <summary>PreferClose, PreferSameZone or PreferSameNode.</summary>
    [Id(12)]
    public string? TrafficDistribution { get; init; }

    /// <summary>The alias of an ExternalName Service.</summary>
    [Id(13)]
    public string? ExternalName { get; init; }

    /// <summary>Further addresses on which nodes accept traffic for this Service.</summary>
    [Id(14)]
    public ValueList<string>? ExternalIPs { get; init; }

    /// <summary>Wished address of a LoadBalancer Service; kept as given.</summary>
    [Id(15)]
    public string? LoadBalancerIP { get; init; }
}
