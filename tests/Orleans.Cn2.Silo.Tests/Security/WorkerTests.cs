using Grpc.Core;
using Grpc.Net.Client;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Transport;

namespace Orleans.Cn2.Silo.Tests.Security;

/// <summary>A worker speaks for the node that its certificate names, and does nothing else.</summary>
public sealed class WorkerTests(SecureSilo silo) : IClassFixture<SecureSilo>
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Worker_WithItsNodesCertificate_IsInSync()
    {
        using Cn2Client admin = silo.ConnectAs("root", "admin");
        await Calls.RegisterNodeAsync(admin, "node-1");
        await using WorkerRun worker = Start("node-1", silo.Authority.Node("node-1"));
        await Until.TrueAsync("node-1 is in sync", Bound, async () => await InSyncAsync(admin, "node-1"), () => worker.Program.Output);
    }

    [Fact]
    public async Task Worker_WithAnotherNodesCertificate_IsRefusedAndNoted()
    {
        using Cn2Client admin = silo.ConnectAs("root", "admin");
        await Calls.RegisterNodeAsync(admin, "node-2");
        await using WorkerRun worker = Start("node-2", silo.Authority.Node("node-3"));
        await Until.TrueAsync(
            "the worker is told", Bound,
            () => Task.FromResult(worker.Program.Output.Contains("node:node-3 may not speak for node \"node-2\"", StringComparison.Ordinal)),
            () => worker.Program.Output);
        await silo.LogsAsync("node:node-3 spoke for node node-2");
        string noted = await Audit.LineAsync(silo.AuditFile, line => line.Contains("node:node-3", StringComparison.Ordinal));
        Assert.Contains("\"outcome\":\"PermissionDenied\"", noted, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_WithoutCertificate_IsRefused()
    {
        await using WorkerRun worker = WorkerRun.Start("node-4", silo.Grpc, silo.Folder("node-4"), ["--engine", "none", "--tls-ca", silo.CaFile]);
        await Until.TrueAsync(
            "the worker is told", Bound,
            () => Task.FromResult(worker.Program.Output.Contains("no client certificate", StringComparison.Ordinal)),
            () => worker.Program.Output);
    }

    [Theory]
    [InlineData("admin")]
    [InlineData("write")]
    public async Task Southbound_WithAClientsCertificate_IsDenied(string role)
    {
        Status refused = await ConnectAsync(silo.Authority.Client("root", "cn2:" + role), "node-1");
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
    }

    [Fact]
    public async Task Southbound_WithANodesCertificate_ForAnotherNode_IsDenied()
    {
        Status refused = await ConnectAsync(silo.Authority.Node("node-5"), "node-6");
        Assert.Equal((StatusCode.PermissionDenied, "node:node-5 may not speak for node \"node-6\""), (refused.StatusCode, refused.Detail));
    }

    [Fact]
    public async Task Northbound_WithANodesCertificate_IsDenied_WhateverItsSubjectSays()
    {
        using Cn2Client client = silo.Connect(
            silo.Authority.Issue("node-7", ["cn2:admin"], new Uri("cn2://node/node-7"), false, TimeSpan.FromDays(1)));
        Assert.Equal(StatusCode.PermissionDenied, (await Calls.RefusedAsync(() => Calls.CountAsync(client, "shop"))).StatusCode);
        Assert.Equal(StatusCode.PermissionDenied, (await Calls.RefusedAsync(() => Calls.ApplyAsync(client, "shop", "web"))).StatusCode);
    }

    private WorkerRun Start(string node, string certificate) => WorkerRun.Start(
        node, silo.Grpc, silo.Folder(node), ["--engine", "none", "--tls-ca", silo.CaFile, "--tls-cert", silo.Write(certificate)]);

    private async Task<Status> ConnectAsync(string certificate, string node)
    {
        using GrpcChannel channel = Cn2Endpoint.Parse(silo.Grpc).Open(new Cn2Credentials(silo.CaFile, silo.Write(certificate)), TimeSpan.FromSeconds(10));
        using AsyncDuplexStreamingCall<WorkerMessage, ControlMessage> stream = new VRouter.VRouterClient(channel).Connect(Calls.Within());
        return await Calls.RefusedAsync(async () =>
        {
            Hello hello = new() { Node = node, Boot = 1, ProtocolMin = 1, ProtocolMax = 1, Engine = "managed", Mode = "stack" };
            await stream.RequestStream.WriteAsync(new WorkerMessage { Hello = hello }, TestContext.Current.CancellationToken);
            await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken);
        });
    }

    private static async Task<bool> InSyncAsync(Cn2Client client, string node) =>
        (await client.Nodes.GetAsync(new GetNodeRequest { Name = node }, Calls.Within())).Vrouter is { InSync: true };
}
