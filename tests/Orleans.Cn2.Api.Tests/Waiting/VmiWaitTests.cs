using Grpc.Core;
using Grpc.Net.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Southbound;

namespace Orleans.Cn2.Api.Tests.Waiting;

/// <summary>Vmis.Wait, and Nodes.Drain beside it, with workers of which one tells of ended flows too, as those of an earlier release do.</summary>
[Collection(SiloCollection.Name)]
public sealed class VmiWaitTests(SiloFixture silo) : IAsyncLifetime
{
    private const string Namespace = "rollouts";
    private const string Node = "roll-1";
    private const double Long = 60;
    private const double Short = 0.5;
    private GrpcChannel _channel = null!;
    private StreamWorker _worker = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _channel = GrpcChannel.ForAddress(silo.Silo.Grpc);
        await silo.Client.Nodes.RegisterAsync(new RegisterNodeRequest { Node = new Node { Metadata = new ObjectMeta { Name = Node }, Addresses = { "192.0.2.71" } } });
        _worker = await StreamWorker.ConnectAsync(_channel, Node);
        await RegisterAsync("old", "192.0.2.81");
        await RegisterAsync("new", "192.0.2.82");
        ServiceSpec spec = new() { Selector = { ["app"] = "web" }, Ports = { new ServicePort { Port = 80, TargetPort = "8080" } } };
        await silo.Client.Services.ApplyAsync(new ApplyServiceRequest { Service = new Service { Metadata = new ObjectMeta { Namespace = Namespace, Name = "web" }, Spec = spec } });
        Assert.True((await WaitAsync("new", "Available", Long)).Met);
    }

    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        await silo.Client.Services.DeleteAsync(new DeleteServiceRequest { Namespace = Namespace, Name = "web" });
        await silo.Client.Nodes.DeleteAsync(new DeleteNodeRequest { Name = Node });
        _channel.Dispose();
    }

    [Fact]
    public async Task Wait_RollingUpdate_TellsAvailableThenDrained()
    {
        WaitVmiResponse available = await WaitAsync("old", "Available", Long);
        Assert.True(available.Met);
        Assert.Equal([$"{Namespace}/web"], available.Status.Services);
        Assert.Equal((true, false), (available.Status.Available, available.Status.Drained));
        _worker.Flows = [Flow(), Flow(fin: true, idle: 9)];
        await TerminateAsync("old");

        WaitVmiResponse busy = await WaitAsync("old", "Drained", Short);
        Assert.Equal((false, 1), (busy.Met, busy.Status.Flows));
        Assert.Equal([$"{Node}: 1 flows"], busy.Status.UndrainedBecause);

        // For one who waits longer for a farewell the other flow is there still.
        Assert.Equal(2, (await WaitAsync("old", "Drained", Short, silent: 10)).Status.Flows);
        _worker.Flows = [Flow(fin: true, idle: 9)];
        Assert.True((await WaitAsync("old", "Drained", Long)).Met);
        Vmi shown = await silo.Client.Vmis.GetAsync(new GetVmiRequest { Namespace = Namespace, Name = "old", WithStatus = true }, cancellationToken: Token);
        Assert.True(shown.Status.Drained);
        Assert.Null((await silo.Client.Vmis.GetAsync(new GetVmiRequest { Namespace = Namespace, Name = "old" }, cancellationToken: Token)).Status);
    }

    [Fact]
    public async Task Wait_WorkerTellsOfEndedFlowsAlone_AndTheAnswerIsFull_MayHaveOthers()
    {
        await TerminateAsync("old");
        _worker.Flows = [.. Enumerable.Repeat(Flow(fin: true, idle: 9), 1000)];

        Assert.Equal([$"{Node}: has more flows than it tells"], (await WaitAsync("old", "Drained", Short)).Status.UndrainedBecause);
    }

    [Fact]
    public async Task Drain_Node_IsShownAndItsVmisSayWhy()
    {
        DrainNodeResponse drained = await silo.Client.Nodes.DrainAsync(new DrainNodeRequest { Name = Node }, cancellationToken: Token);
        Assert.True(drained.Node.Draining);
        Assert.True((await silo.Client.WaitProgrammedAsync(drained.Fence, TimeSpan.FromSeconds(Long), Token)).Programmed);
        Vmi shown = await silo.Client.Vmis.GetAsync(new GetVmiRequest { Namespace = Namespace, Name = "old", WithStatus = true }, cancellationToken: Token);

        // There is no other node: the Service goes on.
        Assert.Equal(("NodeDraining", true, true), (shown.Draining, shown.Ready, shown.Status.Available));
        Assert.Contains((await silo.Client.Nodes.ListAsync(new ListNodesRequest(), cancellationToken: Token)).Nodes, node => node.Metadata.Name == Node && node.Draining);

        Assert.False((await silo.Client.Nodes.UndrainAsync(new DrainNodeRequest { Name = Node }, cancellationToken: Token)).Node.Draining);
        Assert.Equal("", (await silo.Client.Vmis.GetAsync(new GetVmiRequest { Namespace = Namespace, Name = "old" }, cancellationToken: Token)).Draining);
    }

    [Fact]
    public async Task Wait_WhatCantBe_IsRefused()
    {
        await RefusedAsync(StatusCode.InvalidArgument, new WaitVmiRequest { Name = "old", Condition = "Gone" });
        await RefusedAsync(StatusCode.InvalidArgument, new WaitVmiRequest { Name = "old", Condition = "Available", Percent = 101 });
        await RefusedAsync(StatusCode.InvalidArgument, new WaitVmiRequest { Name = "old", Condition = "Drained", SilentSeconds = -1 });
        await RefusedAsync(StatusCode.InvalidArgument, new WaitVmiRequest { Name = "old", Condition = "Drained", TimeoutSeconds = double.NaN });
        await RefusedAsync(StatusCode.NotFound, new WaitVmiRequest { Name = "nobody", Condition = "Available" });
        await RefusedAsync(StatusCode.Aborted, new WaitVmiRequest { Name = "old", Condition = "Available", Uid = Guid.NewGuid().ToString() });
        RpcException unknown = await Assert.ThrowsAsync<RpcException>(async () => await silo.Client.Nodes.DrainAsync(new DrainNodeRequest { Name = "nobody" }, cancellationToken: Token));
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
    }

    private async Task RefusedAsync(StatusCode expected, WaitVmiRequest request)
    {
        request.Namespace = Namespace;
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await silo.Client.Vmis.WaitAsync(request, cancellationToken: Token));
        Assert.Equal(expected, refused.StatusCode);
    }

    private static Flow Flow(bool fin = false, double idle = 0) =>
        new() { Protocol = "TCP", Client = "10.1.0.9", FloatingIp = "10.96.0.1", Vmi = "192.0.2.81", TargetPort = 8080, SourceSeen = "10.1.0.9", Established = true, Fin = fin, IdleSeconds = idle };

    private async Task RegisterAsync(string name, string address)
    {
        Vmi vmi = new() { Metadata = new ObjectMeta { Namespace = Namespace, Name = name, Labels = { ["app"] = "web" } }, Node = Node, Addresses = { address } };
        await silo.Client.Vmis.RegisterAsync(new RegisterVmiRequest { Vmi = vmi });
    }

    private async Task TerminateAsync(string name) =>
        await silo.Client.Vmis.UpdateAsync(new UpdateVmiRequest { Namespace = Namespace, Name = name, Terminating = true }, cancellationToken: Token);

    private async Task<WaitVmiResponse> WaitAsync(string name, string condition, double seconds, double silent = 0) => await silo.Client.Vmis.WaitAsync(
        new WaitVmiRequest { Namespace = Namespace, Name = name, Condition = condition, TimeoutSeconds = seconds, SilentSeconds = silent }, cancellationToken: Token);
}
