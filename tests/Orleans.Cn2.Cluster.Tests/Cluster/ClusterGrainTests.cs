using Orleans.Cn2.Cluster.Tests.Subnets;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Grains;

namespace Orleans.Cn2.Cluster.Tests.Cluster;

[Collection(SmallClusterTests.Name)]
public sealed class ClusterGrainTests(SmallClusterFixture cluster)
{
    private IClusterGrain Grain => cluster.Grains.GetGrain<IClusterGrain>(IClusterGrain.Key);

    [Fact]
    public async Task GetIdentity_AfterRestart_IsTheSame()
    {
        ClusterIdentity[] first = await Task.WhenAll(Grain.GetIdentity(), Grain.GetIdentity());

        await cluster.DeactivateAllAsync();

        Assert.Equal(first[0], first[1]);
        Assert.Equal(first[0], await Grain.GetIdentity());
        Assert.NotEqual(UInt128.Zero, first[0].HashKey);
    }

    [Fact]
    public async Task EnterNode_WriteFails_IsNotTakenAsDone()
    {
        string node = ClusterFixture.NewName("node");
        FaultyStorage.Arm(1, afterwards: false);
        await Assert.ThrowsAnyAsync<Exception>(() => Grain.EnterNode(node));
        FaultyStorage.Arm(0, false);

        await Grain.EnterNode(node);
        await cluster.DeactivateAllAsync();

        Assert.Contains(node, (await Grain.GetInventory()).Nodes);
        await Grain.RemoveNode(node);
        Assert.DoesNotContain(node, (await Grain.GetInventory()).Nodes);
    }

    [Fact]
    public async Task GetInventory_Changes_RaiseItsRevision()
    {
        ulong before = (await Grain.GetInventory()).Revision;
        string ns = ClusterFixture.NewName("ns");

        await Grain.EnterNamespace(ns);
        await Grain.EnterNamespace(ns);

        ClusterInventory after = await Grain.GetInventory();
        Assert.Equal(before + 1, after.Revision);
        Assert.Equal(after.Namespaces.Order(StringComparer.Ordinal), after.Namespaces);
    }

    [Fact]
    public async Task EnterSubnet_FurtherServiceSubnet_LeavesTheDefault()
    {
        string name = ClusterFixture.NewName("a");
        await Grain.EnterSubnet(new SubnetEntry(name, SubnetPurpose.Service, [IpPrefix.Parse("10.50.0.0/24")]));

        Assert.Equal(Cn2GrainsOptions.DefaultSubnet, (await Grain.GetInventory()).DefaultServiceSubnet);

        await Grain.RemoveSubnet(name);
    }

    [Theory]
    [InlineData("10.51.0.0/16", "10.51.4.0/24")]
    [InlineData("10.52.4.0/24", "10.52.0.0/16")]
    [InlineData("fd00:53::/64", "fd00:53::/64")]
    public async Task EnterSubnet_Overlap_IsRefused(string first, string second)
    {
        string name = ClusterFixture.NewName("first");
        await Grain.EnterSubnet(new SubnetEntry(name, SubnetPurpose.External, [IpPrefix.Parse(first)]));

        FailedPreconditionException refused = await Assert.ThrowsAsync<FailedPreconditionException>(
            () => Grain.EnterSubnet(new SubnetEntry("other", SubnetPurpose.Service, [IpPrefix.Parse(second)])));

        Assert.Contains($"overlaps {first} of subnet \"{name}\"", refused.Message, StringComparison.Ordinal);
        await Grain.RemoveSubnet(name);
    }
}
