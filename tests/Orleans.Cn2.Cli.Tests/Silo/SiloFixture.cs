using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Cli.Tests.Silo;

/// <summary>A silo with the worker of one node, <c>rack</c>, each in a process of its own.</summary>
public sealed class SiloFixture : IAsyncLifetime
{
    public const string Node = "rack";
    private readonly ScratchFolder _scratch = new();
    private SiloRun _silo = null!;
    private WorkerRun _worker = null!;

    /// <summary>Where it serves gRPC.</summary>
    public string Server => _silo.Grpc;

    public Cn2Client Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _silo = await SiloRun.StartHealthyAsync(_scratch.Of("data"));
        Client = Cn2Client.Connect(Server);
        Node node = new() { Metadata = new ObjectMeta { Name = Node }, Addresses = { "192.0.2.1", "2001:db8::1" }, PodCidrs = { "10.1.0.0/24", "fd00:1::/64" } };
        await Client.Nodes.RegisterAsync(new RegisterNodeRequest { Node = node });
        _worker = WorkerRun.Start(Node, Server, _scratch.Of("state"));
        await Until.TrueAsync("the worker is in sync", TimeSpan.FromSeconds(60), IsInSyncAsync, () => _worker.Program.Output);
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_worker is not null)
        {
            await _worker.DisposeAsync();
        }

        if (_silo is not null)
        {
            await _silo.DisposeAsync();
        }

        _scratch.Dispose();
    }

    /// <summary>Runs <c>cn2</c> against this silo; what a loaded machine leaves unknown is repeated.</summary>
    public (int ExitCode, string Output, string Error) Run(params string[] args)
    {
        for (int attempt = 1; ; attempt++)
        {
            (int code, string output, string error) = Cn2.Run([.. args, "--server", Server]);
            if (code != ExitCodes.Unavailable || attempt == 5)
            {
                return (code, output, error);
            }
        }
    }

    /// <summary>Runs <c>cn2 apply</c> on a manifest that is written to a file of this name.</summary>
    public (int ExitCode, string Output, string Error) Apply(string file, string manifest, params string[] flags)
    {
        string path = _scratch.Of(file);
        File.WriteAllText(path, manifest);
        return Run(["apply", "-f", path, .. flags]);
    }

    /// <summary>Addresses of the service subnet that Services whose names begin so have, or had and are not free yet.</summary>
    public async Task<string[]> LeasesOfAsync(string owners)
    {
        ListLeasesResponse leases = await Client.Subnets.ListLeasesAsync(new ListLeasesRequest { Name = "service", PageSize = 10_000 });
        return [.. leases.Leases.Where(lease => lease.Owner.StartsWith(owners, StringComparison.Ordinal)).Select(lease => lease.Address)];
    }

    private async Task<bool> IsInSyncAsync() =>
        (await Client.Nodes.GetAsync(new GetNodeRequest { Name = Node })).Vrouter is { State: "Connected", InSync: true };
}

/// <summary>Tests that share one silo.</summary>
[CollectionDefinition(Name)]
public sealed class SiloCollection : ICollectionFixture<SiloFixture>
{
    public const string Name = "silo";
}
