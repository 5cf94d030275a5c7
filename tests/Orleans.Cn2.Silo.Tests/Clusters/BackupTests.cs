using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Silo.Tests.Processes;

namespace Orleans.Cn2.Silo.Tests.Clusters;

/// <summary>Intent moves from one store to another by <c>cn2 admin export</c> and <c>import</c>, real programs on both sides.</summary>
[Collection(SiloProcesses.Name)]
public sealed class BackupTests
{
    [Fact]
    public async Task ExportFromEmbedded_ImportedOnPostgres_HasTheSameAddressesAndUids()
    {
        using ScratchFolder scratch = new();
        string file = scratch.Of("backup.json");
        List<Service> services;
        List<Vmi> vmis;
        await using (SiloRun embedded = await SiloRun.StartHealthyAsync(scratch.Of("data")))
        {
            using Cn2Client source = Cn2Client.Connect(embedded.Grpc);
            await FillAsync(source);
            (services, vmis) = await ReadAsync(source);
            await RunAsync("export", file, embedded.Grpc);
        }

        await using SiloCluster cluster = await SiloCluster.StartAsync(SiloCluster.Patient, "a");
        using Cn2Client target = cluster.Connect("a");

        await RunAsync("import", file, cluster["a"].Grpc);
        await RunAsync("import", file, cluster["a"].Grpc);

        (List<Service> restored, List<Vmi> restoredVmis) = await ReadAsync(target);
        Assert.Equal(services.Select(Identity), restored.Select(Identity));
        Assert.Equal(vmis.Select(vmi => (vmi.Metadata.Uid, vmi.Node, vmi.Weight)), restoredVmis.Select(vmi => (vmi.Metadata.Uid, vmi.Node, vmi.Weight)));
        Node node = Assert.Single((await target.Nodes.ListAsync(new ListNodesRequest(), cancellationToken: TestContext.Current.CancellationToken)).Nodes);
        Assert.True(node.Draining);
    }

    private static string Identity(Service service) =>
        $"{service.Metadata.Namespace}/{service.Metadata.Name} {service.Metadata.Uid} {string.Join(',', service.Status.FloatingIps.Select(fip => fip.Address))}";

    private static async Task FillAsync(Cn2Client client)
    {
        await client.Nodes.RegisterAsync(new RegisterNodeRequest { Node = new Node { Metadata = new ObjectMeta { Name = "n1" }, Addresses = { "192.0.2.1" }, PodCidrs = { "10.244.0.0/24" } } });
        await client.Vmis.RegisterAsync(new RegisterVmiRequest
        {
            Vmi = new Vmi { Metadata = new ObjectMeta { Namespace = "default", Name = "web-1", Labels = { ["app"] = "web" } }, Node = "n1", Addresses = { "10.244.0.9" }, Weight = 7 },
        });
        await client.Nodes.DrainAsync(new DrainNodeRequest { Name = "n1" });
        for (int i = 0; i < 20; i++)
        {
            await client.Services.ApplyAsync(Samples.Service($"s{i}"));
        }

        // What was released leaves gaps: the addresses that stand are not the first of the pool.
        foreach (int i in (int[])[0, 3, 4, 11])
        {
            await client.Services.DeleteAsync(new DeleteServiceRequest { Namespace = "default", Name = $"s{i}" });
        }
    }

    private static async Task<(List<Service> Services, List<Vmi> Vmis)> ReadAsync(Cn2Client client) =>
        (await client.ListServicesAsync().ToListAsync(), await client.ListVmisAsync().ToListAsync());

    private static async Task RunAsync(string verb, string file, string server)
    {
        (int status, string output, _) = await ProgramRun.RunAsync(Checkout.Cli, ["--server", server, "admin", verb, file]);
        Assert.True(status == 0, output);
    }
}
