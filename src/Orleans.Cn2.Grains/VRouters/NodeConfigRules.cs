using System.IO.Hashing;
using System.Text;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Contracts.VRouters;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>What a vRouter is told beside its tables.</summary>
internal static class NodeConfigRules
{
    /// <summary>
    /// The settings of a node: prefixes of FloatingIPs (service and external subnets), its own addresses, the first usable address of each pod prefix as
    /// SNAT source, the cluster's hash key. The revision is a hash of the content: equal settings have the same one wherever they are compiled.
    /// </summary>
    public static NodeConfig Compile(NodeSpec spec, ClusterFacts facts)
    {
        NodeConfig config = new(
            0,
            [.. facts.Inventory.Subnets.Where(subnet => subnet.Purpose != SubnetPurpose.Pod).SelectMany(subnet => subnet.Prefixes)],
            spec.Addresses,
            [.. spec.PodPrefixes.Where(prefix => prefix.HostBits > 1).Select(prefix => prefix.At(1))],
            facts.Identity.HashKey);
        return config with { Revision = RevisionOf(config) };
    }

    // Never 0, which is what a stream begins with.
    private static ulong RevisionOf(NodeConfig config)
    {
        string text = string.Join(
            ';', string.Join(',', config.ServiceSubnets), string.Join(',', config.NodeAddresses), string.Join(',', config.SnatAddresses), config.HashKey);
        return Math.Max(1, XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(text)));
    }
}
