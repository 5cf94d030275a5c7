using Orleans.Cn2.Contracts.Faults;
using Orleans.Concurrency;

namespace Orleans.Cn2.Contracts.Cluster;

/// <summary>The cluster as a whole, key <see cref="Key"/>: its identity and the inventory of what it has. It calls no other grain.</summary>
[Alias("cn2.IClusterGrain")]
public interface IClusterGrain : IGrainWithIntegerKey
{
    /// <summary>The only key.</summary>
    public const long Key = 0;

    /// <summary>The identity; made and persisted by the first call.</summary>
    [Alias("GetIdentity")]
    Task<ClusterIdentity> GetIdentity();

    /// <summary>The inventory.</summary>
    [ReadOnly, Alias("GetInventory")]
    Task<ClusterInventory> GetInventory();

    /// <summary>
    /// Enters a subnet or replaces its entry. The check against overlap is here because it needs all subnets: an address has
    /// one owner only as long as it lies in one pool.
    /// </summary>
    /// <exception cref="FailedPreconditionException">A prefix overlaps that of another subnet, which is named.</exception>
    [Alias("EnterSubnet")]
    Task EnterSubnet(SubnetEntry subnet);

    /// <summary>Removes a subnet's entry, if there is one.</summary>
    [Alias("RemoveSubnet")]
    Task RemoveSubnet(string name);

    /// <summary>Enters a node's name. Idempotent.</summary>
    [Alias("EnterNode")]
    Task EnterNode(string name);

    /// <summary>Removes a node's name, if it is there.</summary>
    [Alias("RemoveNode")]
    Task RemoveNode(string name);

    /// <summary>Enters a namespace's name. Idempotent.</summary>
    [Alias("EnterNamespace")]
    Task EnterNamespace(string name);
}
