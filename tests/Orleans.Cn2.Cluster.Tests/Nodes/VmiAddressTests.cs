using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Cluster.Tests.Nodes;

[Collection(ClusterTests.Name)]
public sealed class VmiAddressTests(ClusterFixture cluster)
{
    [Fact]
    public async Task RegisterVmi_AddressOfAnother_NamesAddressAndOwner()
    {
        string node = ClusterFixture.NewName("node");
        await cluster.RegisterNodeAsync(node);
        INodeGrain grain = cluster.Grains.GetGrain<INodeGrain>(node);
        Vmi first = ClusterFixture.Vmi("vmis", ClusterFixture.NewName("first"), "x", node, "10.9.0.1", "fd09::1");
        Vmi second = ClusterFixture.Vmi("vmis", ClusterFixture.NewName("second"), "x", node, "10.9.0.2", "fd09::1");
        await grain.RegisterVmi(first, 0);

        ObjectExistsException refused = await Assert.ThrowsAsync<ObjectExistsException>(() => grain.RegisterVmi(second, 0));

        Assert.Contains($"addresses[1]: Duplicate value: \"fd09::1\": belongs to VMI {first.Name} of node {node}", refused.Message, StringComparison.Ordinal);
        await grain.DeregisterVmi(first.Uid);
        await grain.RegisterVmi(second, 0);
        await grain.Delete();
    }

    [Fact]
    public async Task RegisterVmi_AnewWithAnAddressOfAnother_KeepsTheAddressesItHas()
    {
        string node = ClusterFixture.NewName("node");
        await cluster.RegisterNodeAsync(node);
        INodeGrain grain = cluster.Grains.GetGrain<INodeGrain>(node);
        Vmi first = ClusterFixture.Vmi("vmis", ClusterFixture.NewName("first"), "x", node, "10.9.2.1", "fd09::21");
        Vmi second = ClusterFixture.Vmi("vmis", ClusterFixture.NewName("second"), "x", node, "10.9.2.2", "fd09::22");
        await grain.RegisterVmi(first, 0);
        await grain.RegisterVmi(second, 0);

        await Assert.ThrowsAsync<ObjectExistsException>(() => grain.RegisterVmi(second with { Addresses = [second.Addresses[0], first.Addresses[1]] }, 0));

        Vmi third = ClusterFixture.Vmi("vmis", ClusterFixture.NewName("third"), "x", node, "10.9.2.2", "fd09::23");
        ObjectExistsException refused = await Assert.ThrowsAsync<ObjectExistsException>(() => grain.RegisterVmi(third, 0));
        Assert.Contains($"\"10.9.2.2\": belongs to VMI {second.Name}", refused.Message, StringComparison.Ordinal);

        // What the refused one had taken beside is free.
        await grain.RegisterVmi(third with { Addresses = [Core.Addressing.IpAddress.Parse("10.9.2.3"), third.Addresses[1]] }, 0);
        await grain.Delete();
    }

    [Fact]
    public async Task RegisterVmi_NodesOwnAddress_IsSharedByHostNetworkBackEnds()
    {
        string node = ClusterFixture.NewName("node");
        await cluster.RegisterNodeAsync(node);
        INodeGrain grain = cluster.Grains.GetGrain<INodeGrain>(node);

        await grain.RegisterVmi(ClusterFixture.Vmi("vmis", ClusterFixture.NewName("host"), "x", node, "172.18.0.2", "fd09::10"), 0);
        await grain.RegisterVmi(ClusterFixture.Vmi("vmis", ClusterFixture.NewName("host"), "x", node, "172.18.0.2", "fd09::11"), 0);

        Assert.Equal(2, (await grain.ListVmis()).Length);
        await grain.Delete();
    }

    [Fact]
    public async Task RegisterVmi_UnknownNode_IsNotFound()
    {
        string node = ClusterFixture.NewName("nowhere");

        await Assert.ThrowsAsync<ObjectNotFoundException>(
            () => cluster.Grains.GetGrain<INodeGrain>(node).RegisterVmi(ClusterFixture.Vmi("vmis", "x", "x", node, "10.9.1.1", "fd09::2:1"), 0));
    }
}
