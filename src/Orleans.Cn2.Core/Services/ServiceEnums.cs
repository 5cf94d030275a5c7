namespace Orleans.Cn2.Core.Services;

/// <summary><c>spec.type</c>. NodePort and LoadBalancer are served at their cluster addresses alone: no node port is allocated.</summary>
public enum ServiceType
{
    ClusterIP,
    NodePort,
    LoadBalancer,
    ExternalName,
}

/// <summary><c>spec.ipFamilyPolicy</c>.</summary>
public enum IpFamilyPolicy
{
    /// <summary>One family.</summary>
    SingleStack,

    /// <summary>Both families where the cluster has both.</summary>
    PreferDualStack,

    /// <summary>Both families, or refused.</summary>
    RequireDualStack,
}

/// <summary><c>spec.sessionAffinity</c>.</summary>
public enum SessionAffinity
{
    None,

    /// <summary>A client address keeps its back end per node and service port.</summary>
    ClientIP,
}

/// <summary><c>spec.internalTrafficPolicy</c> and <c>spec.externalTrafficPolicy</c>.</summary>
public enum TrafficPolicy
{
    /// <summary>All back ends of the cluster.</summary>
    Cluster,

    /// <summary>Only back ends of the node the traffic enters at.</summary>
    Local,
}

/// <summary><c>spec.trafficDistribution</c>.</summary>
public enum TrafficDistribution
{
    /// <summary>The older name of <see cref="PreferSameZone"/>.</summary>
    PreferClose,

    PreferSameZone,
    PreferSameNode,
}
