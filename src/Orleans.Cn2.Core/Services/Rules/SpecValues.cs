namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>The closed sets of strings in a Service spec, in the order messages list them.</summary>
internal static class SpecValues
{
    public const string ClusterIP = nameof(ServiceType.ClusterIP);
    public const string NodePort = nameof(ServiceType.NodePort);
    public const string LoadBalancer = nameof(ServiceType.LoadBalancer);
    public const string ExternalName = nameof(ServiceType.ExternalName);

    public const string SingleStack = nameof(IpFamilyPolicy.SingleStack);
    public const string PreferDualStack = nameof(IpFamilyPolicy.PreferDualStack);
    public const string RequireDualStack = nameof(IpFamilyPolicy.RequireDualStack);

    public const string IPv4 = nameof(Addressing.IpFamily.IPv4);
    public const string IPv6 = nameof(Addressing.IpFamily.IPv6);

    /// <summary>Both the <c>clusterIP</c> of a headless Service and the affinity that is none.</summary>
    public const string None = "None";

    public const string ClientIP = nameof(SessionAffinity.ClientIP);
    public const string Cluster = nameof(TrafficPolicy.Cluster);
    public const string Tcp = "TCP";

    public static readonly string[] Types = [ClusterIP, ExternalName, LoadBalancer, NodePort];
    public static readonly string[] Policies = [PreferDualStack, RequireDualStack, SingleStack];
    public static readonly string[] Families = [IPv4, IPv6];
    public static readonly string[] Protocols = ["SCTP", Tcp, "UDP"];
    public static readonly string[] Affinities = [ClientIP, None];
    public static readonly string[] TrafficPolicies = [Cluster, nameof(TrafficPolicy.Local)];

    public static readonly string[] TrafficDistributions =
    [
        nameof(TrafficDistribution.PreferClose),
        nameof(TrafficDistribution.PreferSameZone),
        nameof(TrafficDistribution.PreferSameNode),
    ];
}
