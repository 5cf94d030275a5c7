using System.Net;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Orleans.Cn2.Client;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Silo.Tests.Clusters;
using Orleans.Cn2.Silo.Tests.Processes;
using Orleans.Cn2.Testing.Servers;

namespace Orleans.Cn2.Silo.Tests.Gateways;

/// <summary>A gateway process in front of silo processes on a PostgreSQL server.</summary>
[Collection(SiloProcesses.Name)]
public sealed class GatewayTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Gateway_StartedBeforeAnySilo_SaysSo_AndServesOnceThereIsOne()
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync(TestContext.Current.CancellationToken);
        await using GatewayRun gateway = GatewayRun.Start(postgres.ConnectionString());
        await gateway.HealthAsync(HttpStatusCode.ServiceUnavailable);
        await gateway.Program.SaysAsync("no silo to serve from yet, looking on", Bound);
        using Cn2Client client = Cn2Client.Connect(gateway.Grpc);
        Status refused = (await Assert.ThrowsAsync<RpcException>(async () =>
            await client.Services.GetAsync(new GetServiceRequest { Namespace = "default", Name = "web" }, cancellationToken: TestContext.Current.CancellationToken))).Status;
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);

        await using SiloRun silo = SiloRun.StartMember(FreePorts.Take(4), "a", postgres.ConnectionString());
        await silo.HealthyAsync();
        await gateway.HealthyAsync();

        await Samples.ApplyAsync(client, "web");
        using Cn2Client direct = Cn2Client.Connect(silo.Grpc);
        Assert.Equal(await Samples.AddressesAsync(client, "web"), await Samples.AddressesAsync(direct, "web"));
        Assert.Contains("\"name\":\"web\"", (await gateway.GetAsync("/v1/namespaces/default/services/web")).Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        using GrpcChannel channel = GrpcChannel.ForAddress(gateway.Grpc);
        Assert.Equal(
            HealthCheckResponse.Types.ServingStatus.Serving,
            (await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest(), cancellationToken: TestContext.Current.CancellationToken)).Status);
        Assert.Equal(0, await gateway.Program.TerminateAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Gateway_StoppedWhileItLooksForSilos_EndsAtOnce()
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync(TestContext.Current.CancellationToken);
        await using GatewayRun gateway = GatewayRun.Start(postgres.ConnectionString());
        await gateway.Program.SaysAsync("the database has no tables yet", Bound);
        Assert.Equal(0, await gateway.Program.TerminateAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task SiloKilled_UnderAWatchAndAWorkerThroughTheGateway_BothGoOn()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync([], "a", "b", "c");
        await using GatewayRun gateway = GatewayRun.Start(cluster.Postgres.ConnectionString());
        await gateway.HealthyAsync();
        string Seen() => $"{gateway.Program.Output}\n{cluster.Output()}";
        using Cn2Client client = Cn2Client.Connect(gateway.Grpc);
        using Cn2Client direct = cluster.Connect("b", "c");
        await using ClusterWorker worker = await ClusterWorker.StartAsync(client, "n1", gateway.Grpc);
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        WatchedNames seen = WatchedNames.Of(client.WatchServicesAsync("default", cancellation: ended.Token), ended.Token);
        await Samples.ApplyAsync(client, "before");
        await seen.UntilAsync("before", Bound, Seen);
        await ClusterWorker.InSyncAsync(client, Bound, Seen);

        await cluster["a"].Program.KillAsync();

        // Enough names that the shards which the dead silo had are among theirs.
        for (int i = 0; i < 12; i++)
        {
            await Samples.ApplyAsync(client, $"after-{i}");
        }

        for (int i = 0; i < 12; i++)
        {
            await seen.UntilAsync($"after-{i}", Bound, Seen);
        }

        Assert.Equal(await Samples.AddressesAsync(client, "after-0"), await Samples.AddressesAsync(direct, "after-0"));
        await ClusterWorker.InSyncAsync(client, Bound, Seen);
        await gateway.HealthyAsync();
        await ended.CancelAsync();

        // The worker's stream is open: it is told, and does not hold up the stop.
        Assert.Equal(0, await gateway.Program.TerminateAsync(TimeSpan.FromSeconds(30)));
    }
}
