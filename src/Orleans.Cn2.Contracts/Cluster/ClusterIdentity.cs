namespace Orleans.Cn2.Contracts.Cluster;

/// <summary>What a cluster is, made once and never changed.</summary>
/// <param name="Id">Random id of the cluster.</param>
/// <param name="HashKey">The 128-bit SipHash key of flow hashing, the same on all nodes: low half k0, high half k1.</param>
[GenerateSerializer, Immutable]
public sealed record ClusterIdentity([property: Id(0)] Guid Id, [property: Id(1)] UInt128 HashKey);
