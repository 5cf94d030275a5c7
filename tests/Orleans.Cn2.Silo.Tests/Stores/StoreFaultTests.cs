using Grpc.Core;
using Npgsql;
using Orleans.Cn2.Client;
using Orleans.Cn2.Silo.Tests.Clusters;
using Orleans.Cn2.Silo.Tests.Processes;
using Orleans.Cn2.Testing.Faults;
using Orleans.Cn2.Testing.Servers;

namespace Orleans.Cn2.Silo.Tests.Stores;

/// <summary>A running silo whose store fails: callers are told so, nothing is left half-done, and it goes on without a restart.</summary>
[Collection(SiloProcesses.Name)]
public sealed class StoreFaultTests
{
    private static readonly StatusCode[] Unknown = [StatusCode.Unavailable, StatusCode.DeadlineExceeded];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Postgres_Gone_AnswersUnavailableUntilItIsBack()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(SiloCluster.Patient, "a");
        using Cn2Client client = cluster.Connect("a");
        await Samples.ApplyAsync(client, "before");
        await cluster.Postgres.Process.KillAsync(Cancellation);

        Assert.Contains(await ApplyAsync(client, "abandoned"), Unknown);
        Assert.Contains(await ApplyAsync(client, "after"), Unknown);

        await cluster.Postgres.StartAgainAsync(Cancellation);
        await GoesOnAsync(client, cluster.Output);
    }

    [Fact]
    public async Task Postgres_Frozen_AnswersUnavailableUntilItGoesOn()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(SiloCluster.Patient, "a");
        using Cn2Client client = cluster.Connect("a");
        await Samples.ApplyAsync(client, "before");
        cluster.Postgres.Process.Freeze();

        Assert.Contains(await ApplyAsync(client, "abandoned"), Unknown);

        cluster.Postgres.Process.Thaw();
        await GoesOnAsync(client, cluster.Output);
    }

    [Fact]
    public async Task Postgres_ReadOnly_AnswersUnavailableAndReadsGoOn()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(SiloCluster.Patient, "a");
        using Cn2Client client = cluster.Connect("a");
        await Samples.ApplyAsync(client, "before");
        await ExecuteAsync(cluster, "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()");
        await Until.TrueAsync("writes are refused", TimeSpan.FromSeconds(60), () => IsRefusedAsync(client), cluster.Output);
        Assert.Equal(2, (await Samples.AddressesAsync(client, "before")).Length);
        await ExecuteAsync(cluster, "ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()");
        await GoesOnAsync(client, cluster.Output);
    }

    [Fact]
    public async Task Postgres_TwoSecondsAWrite_IsLateAndLosesNothing()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(SiloCluster.Patient, "a");
        using Cn2Client client = cluster.Connect("a");
        await Samples.ApplyAsync(client, "before");
        await ExecuteAsync(
            cluster,
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(2); RETURN NULL; END'",
            "CREATE TRIGGER slow AFTER INSERT OR UPDATE ON cn2.state FOR EACH STATEMENT EXECUTE FUNCTION slow()");

        StatusCode slow = await ApplyAsync(client, "abandoned");

        Assert.Contains(slow, (StatusCode[])[StatusCode.OK, .. Unknown]);
        await ExecuteAsync(cluster, "DROP TRIGGER slow ON cn2.state");
        await GoesOnAsync(client, cluster.Output);
    }

    [Fact]
    public async Task Embedded_DiskFull_AnswersResourceExhaustedUntilThereIsRoom()
    {
        using SmallDisk disk = new(16);
        await using SiloRun silo = await SiloRun.StartHealthyAsync(Path.Combine(disk.Path, "data"));
        using Cn2Client client = Cn2Client.Connect(silo.Grpc);
        await Samples.ApplyAsync(client, "before");
        disk.Fill();

        // The log that is there already has room for some more.
        StatusCode status = StatusCode.OK;
        for (int i = 0; status == StatusCode.OK && i < 20_000; i++)
        {
            status = await ApplyAsync(client, $"filling-{i}");
        }

        Assert.Equal(StatusCode.ResourceExhausted, status);
        Assert.Equal(2, (await Samples.AddressesAsync(client, "before")).Length);
        disk.Free();
        await GoesOnAsync(client, () => silo.Program.Output);
    }

    private static async Task<bool> IsRefusedAsync(Cn2Client client)
    {
        StatusCode status = await ApplyAsync(client, "abandoned");
        return Unknown.Contains(status);
    }

    private static async Task<StatusCode> ApplyAsync(Cn2Client client, string name)
    {
        try
        {
            await client.Services.ApplyAsync(Samples.Service(name), deadline: DateTime.UtcNow.AddSeconds(20));
            return StatusCode.OK;
        }
        catch (RpcException refused)
        {
            return refused.StatusCode;
        }
    }

    // What was interrupted is finished or undone by itself: each Service that exists has its two addresses, and no address has none.
    private static async Task GoesOnAsync(Cn2Client client, Func<string> seen)
    {
        await Until.TrueAsync("a Service is created", TimeSpan.FromSeconds(60), async () => await ApplyAsync(client, "after") == StatusCode.OK, seen);
        await Agreement.ReachedAsync(client, () => [], TimeSpan.FromSeconds(60), seen);
        Assert.Equal(2, (await Samples.AddressesAsync(client, "before")).Length);
    }

    private static async Task ExecuteAsync(SiloCluster cluster, params string[] statements)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(cluster.Postgres.ConnectionString());
        foreach (string statement in statements)
        {
            await using NpgsqlCommand command = source.CreateCommand(statement);
            await command.ExecuteNonQueryAsync(Cancellation);
        }
    }
}
