using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Cluster.Tests.Nodes;

/// <summary>A namespace that a VMI is in is on the cluster's list, whichever call on the way to it was lost: lists, watches and backups begin there.</summary>
[Collection(ClusterTests.Name)]
public sealed class EnteredNamespaceTests(ClusterFixture cluster)
{
    private const int MostCalls = 10;

    [Fact]
    public async Task RegisterVmi_RepeatedAfterAnyCallWasLost_NamespaceIsListed()
    {
        for (int call = 1; call <= MostCalls; call++)
        {
            string name = ClusterFixture.NewName("entered");
            await cluster.RegisterNodeAsync(name);
            INodeGrain node = cluster.Grains.GetGrain<INodeGrain>(name);
            Vmi vmi = ClusterFixture.Vmi(name, "pod", "x", name, $"10.9.8.{call}", $"fd09::8:{call}");
            FaultyCalls.Arm(name, call, afterwards: false);
            try
            {
                await node.RegisterVmi(vmi, 0);
            }
            catch (TimeoutException)
            {
                // As its caller does.
                await node.RegisterVmi(vmi, 0);
            }
            finally
            {
                FaultyCalls.Arm(null, 0, afterwards: false);
            }

            Assert.Contains(name, (await cluster.Grains.GetGrain<IClusterGrain>(IClusterGrain.Key).GetInventory()).Namespaces);
            await node.Delete();
        }
    }
}
