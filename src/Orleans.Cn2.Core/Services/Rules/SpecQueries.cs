using Orleans.Cn2.Core.Collections;

namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>Questions the rules ask of a spec.</summary>
internal static class SpecQueries
{
    /// <summary>The list, where omitted and <c>[]</c> make no difference.</summary>
    public static ValueList<T> OrEmpty<T>(this ValueList<T>? list) => list ?? [];

    /// <summary>True for types that have cluster addresses.</summary>
    public static bool NeedsClusterIP(this ServiceSpec spec) =>
        spec.Type is SpecValues.ClusterIP or SpecValues.NodePort or SpecValues.LoadBalancer;

    /// <summary>True for types whose ports may carry node ports.</summary>
    public static bool MayHaveNodePorts(this ServiceSpec spec) =>
        spec.Type is SpecValues.NodePort or SpecValues.LoadBalancer;

    /// <summary>True when traffic from outside the cluster can reach the Service.</summary>
    public static bool IsExternallyAccessible(this ServiceSpec spec) =>
        spec.MayHaveNodePorts() || (spec.Type is SpecValues.ClusterIP && spec.ExternalIPs is { Count: > 0 });

    /// <summary>True when <c>None</c> is the only cluster IP.</summary>
    public static bool IsHeadless(this ServiceSpec spec) => spec.ClusterIPs is [SpecValues.None];

    /// <summary>True when nothing selects back ends; an empty selector counts as none.</summary>
    public static bool HasNoSelector(this ServiceSpec spec) => spec.Selector is null or { Count: 0 };

    /// <summary>True when both name the same cluster IPs; omitted equals empty.</summary>
    public static bool SameClusterIPs(this ServiceSpec left, ServiceSpec right) =>
        left.ClusterIPs.OrEmpty().Equals(right.ClusterIPs.OrEmpty());

    /// <summary>True when both name the same families; omitted equals empty.</summary>
    public static bool SameIpFamilies(this ServiceSpec left, ServiceSpec right) =>
        left.IpFamilies.OrEmpty().Equals(right.IpFamilies.OrEmpty());

    /// <summary>The first element only.</summary>
    public static ValueList<T> First<T>(this ValueList<T> list) => [list[0]];

    /// <summary>The list with one more element.</summary>
    public static ValueList<T> Append<T>(this ValueList<T> list, T item) => [.. list, item];
}
