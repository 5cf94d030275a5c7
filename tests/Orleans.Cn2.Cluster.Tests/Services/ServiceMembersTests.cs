using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Core.Endpoints;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Cluster.Tests.Services;

[Collection(ClusterTests.Name)]
public sealed class ServiceMembersTests(ClusterFixture cluster)
{
    [Fact]
    public async Task Endpoints_VmiNoLongerSelected_DrainsOverARestartOfEverything()
    {
        string node = ClusterFixture.NewName("node");
        await cluster.RegisterNodeAsync(node);
        ServiceManifest manifest = ClusterFixture.Manifest("drain", ClusterFixture.NewName("web"));
        IServiceGrain service = cluster.Service(manifest.Name);
        await service.Apply(manifest, dryRun: false);
        Vmi vmi = ClusterFixture.Vmi("drain", ClusterFixture.NewName("pod"), manifest.Name.Name, node, "10.244.9.1", "fd00:244:9::1");
        await cluster.Grains.GetGrain<INodeGrain>(node).RegisterVmi(vmi, 0);
        await EndpointAsync(service, endpoint => endpoint is { Selected: true, Ready: true });

        await cluster.Grains.GetGrain<INodeGrain>(node).UpdateVmi(
            vmi.Uid, new Contracts.Nodes.VmiUpdate(null, null, null, null, LabelSet.Of(("app", "another"))));
        await EndpointAsync(service, endpoint => endpoint is { Selected: false });
        await cluster.DeactivateAllAsync();
        await EndpointAsync(service, endpoint => endpoint is { Selected: false });

        await cluster.Grains.GetGrain<INodeGrain>(node).DeregisterVmi(vmi.Uid);
        await ClusterFixture.EventuallyAsync(async () => (await service.Get())!.Endpoints.Count == 0);
        await cluster.Grains.GetGrain<INodeGrain>(node).Delete();
    }

    [Fact]
    public async Task Endpoints_RelabelledWhileEverythingIsDown_Drains()
    {
        string node = ClusterFixture.NewName("node");
        await cluster.RegisterNodeAsync(node);
        ServiceManifest manifest = ClusterFixture.Manifest("drain", ClusterFixture.NewName("web"));
        IServiceGrain service = cluster.Service(manifest.Name);
        await service.Apply(manifest, dryRun: false);
        Vmi vmi = ClusterFixture.Vmi("drain", ClusterFixture.NewName("pod"), manifest.Name.Name, node, "10.244.9.2", "fd00:244:9::2");
        await cluster.Grains.GetGrain<INodeGrain>(node).RegisterVmi(vmi, 0);
        await EndpointAsync(service, endpoint => endpoint is { Selected: true });

        // The Service's grain starts anew and is told of a VMI that it must remember as its own.
        await cluster.DeactivateAllAsync();
        await cluster.Grains.GetGrain<INodeGrain>(node).UpdateVmi(
            vmi.Uid, new Contracts.Nodes.VmiUpdate(null, null, null, null, LabelSet.Of(("app", "another"))));

        await EndpointAsync(service, endpoint => endpoint is { Selected: false });
        await cluster.Grains.GetGrain<INodeGrain>(node).Delete();
    }

    private static Task EndpointAsync(IServiceGrain service, Predicate<ServiceEndpoint> condition) => ClusterFixture.EventuallyAsync(
        async () => await service.Get() is { Endpoints: [ServiceEndpoint endpoint] } && condition(endpoint));
}
