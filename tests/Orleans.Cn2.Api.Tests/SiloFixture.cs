using Orleans.Cn2.Client;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Api.Tests;

/// <summary>The silo that docs/api.md starts, in a process of its own: by that line, with a data directory and ports of this run.</summary>
public sealed class SiloFixture : IAsyncLifetime
{
    private const string DocumentedDirectory = "/tmp/cn2-try";
    private readonly ScratchFolder _scratch = new();

    /// <summary>The silo.</summary>
    public SiloRun Silo { get; private set; } = null!;

    /// <summary>A client of its gRPC API.</summary>
    public Cn2Client Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        string line = Assert.Single(ApiPage.Lines("bash silo"));
        Assert.Contains(DocumentedDirectory, line, StringComparison.Ordinal);
        Silo = await SiloRun.StartHealthyByAsync(line.Replace(DocumentedDirectory, _scratch.Of("data"), StringComparison.Ordinal));
        Client = Cn2Client.Connect(Silo.Grpc);
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (Silo is not null)
        {
            await Silo.DisposeAsync();
        }

        _scratch.Dispose();
    }
}

/// <summary>Tests that share one silo.</summary>
[CollectionDefinition(Name)]
public sealed class SiloCollection : ICollectionFixture<SiloFixture>
{
    public const string Name = "silo";
}
