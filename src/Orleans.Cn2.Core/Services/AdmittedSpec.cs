using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;

namespace Orleans.Cn2.Core.Services;

/// <summary><c>spec</c> of a Service after admission: defaulted, checked, parsed, addresses allocated.</summary>
[GenerateSerializer, Immutable]
public sealed record AdmittedSpec
{
    /// <summary>The type.</summary>
    [Id(0)]
    public ServiceType Type { get; init; }

    /// <summary>True for <c>clusterIP: None</c>: no address, no forwarding.</summary>
    [Id(1)]
    public bool Headless { get; init; }

    /// <summary>One address a family, parallel to <see cref="IpFamilies"/>; empty when headless or ExternalName.</summary>
    [Id(2)]
    public ValueList<IpAddress> ClusterIPs { get; init; } = [];

    /// <summary>The families, primary first; empty for ExternalName.</summary>
    [Id(3)]
    public ValueList<IpFamily> IpFamilies { get; init; } = [];

    /// <summary>The policy; <see langword="null"/> for ExternalName.</summary>
    [Id(4)]
    public IpFamilyPolicy? IpFamilyPolicy { get; init; }

    /// <summary>Labels a back end must carry, at least one; <see langword="null"/>: none is selected.</summary>
    [Id(5)]
    public LabelSet? Selector { get; init; }

    /// <summary>Port mappings, in the order given.</summary>
    [Id(6)]
    public ValueList<ServicePort> Ports { get; init; } = [];

    /// <summary>Session affinity.</summary>
    [Id(7)]
    public SessionAffinity SessionAffinity { get; init; }

    /// <summary>Seconds, 1 to 86400, with affinity ClientIP; else <see langword="null"/>.</summary>
    [Id(8)]
    public int? AffinityTimeoutSeconds { get; init; }

    /// <summary>The policy for traffic to the cluster addresses; <see langword="null"/> for ExternalName.</summary>
    [Id(9)]
    public TrafficPolicy? InternalTrafficPolicy { get; init; }

    /// <summary>The policy for external traffic; <see langword="null"/> when not externally accessible.</summary>
    [Id(10)]
    public TrafficPolicy? ExternalTrafficPolicy { get; init; }

    /// <summary>True: back ends count as ready whatever their state.</summary>
    [Id(11)]
    public bool PublishNotReadyAddresses { get; init; }

    /// <summary>Preference among back ends; <see langword="null"/>: none.</summary>
    [Id(12)]
    public TrafficDistribution? TrafficDistribution { get; init; }

    /// <summary>The alias of an ExternalName Service, as given; else <see langword="null"/> or as given.</summary>
    [Id(13)]
    public string? ExternalName { get; init; }

    /// <summary>Further addresses on which nodes accept traffic for this Service.</summary>
    [Id(14)]
    public ValueList<IpAddress> ExternalIPs { get; init; } = [];

    /// <summary>As given.</summary>
    [Id(15)]
    public string? LoadBalancerIP { get; init; }
}
