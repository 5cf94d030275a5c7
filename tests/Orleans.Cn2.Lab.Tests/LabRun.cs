namespace Orleans.Cn2.Lab.Tests;

/// <summary>A lab under a name of this test run; disposed, it must leave nothing.</summary>
internal sealed class LabRun : IAsyncDisposable
{
    private LabRun(LabCluster cluster) => Cluster = cluster;

    public LabCluster Cluster { get; }

    public static async Task<LabRun> UpAsync(string name, int nodes = 2) =>
        new(await LabCluster.CreateAsync(Options(name, nodes), null, TestContext.Current.CancellationToken));

    public static LabOptions Options(string name, int nodes = 2) => new() { Name = name, Nodes = nodes, StateRoot = "/run/cn2/lab-tests", Seed = 7 };

    public static string Example(string file) => Path.Combine(AppContext.BaseDirectory, "examples", file);

    public async ValueTask DisposeAsync() =>
        await LabCluster.DestroyAsync(Cluster.Options.Name, CancellationToken.None, Cluster.Options.StateRoot);
}
