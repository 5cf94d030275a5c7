using Orleans.Cn2.Contracts.Cluster;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>What all vRouters of a silo need of the cluster beside its tables; replaced as a whole.</summary>
/// <param name="Identity">Its identity.</param>
/// <param name="Inventory">What it has.</param>
internal sealed record ClusterFacts(ClusterIdentity Identity, ClusterInventory Inventory);
