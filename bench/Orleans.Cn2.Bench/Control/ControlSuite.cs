using Orleans.Cn2.Bench.Control.Costs;
using Orleans.Cn2.Bench.Control.Load;
using Orleans.Cn2.Bench.Control.Silos;
using Orleans.Cn2.Bench.Figures;
using Orleans.Cn2.Bench.Measuring;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Bench.Control;

/// <summary>The control plane: real silo processes, real gRPC. Whoever makes the load shares the machine with the silos, and so its figures with them.</summary>
/// <param name="run">Takes the figures.</param>
/// <param name="size">How much the silos hold where they are to be full.</param>
internal sealed class ControlSuite(SuiteRun run, ControlSize size)
{
    private const int Writers = 64;
    private const int SingleWrites = 400;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);

    /// <summary>Parts by name, in the order of the report.</summary>
    public IReadOnlyDictionary<string, Func<Task>> Parts => new Dictionary<string, Func<Task>>
    {
        ["writes"] = WritesToEmbeddedAsync,
        ["writes-postgresql"] = WritesToPostgresAsync,
        ["full"] = FullAsync,
        ["failover"] = FailoverAsync,
        ["pools"] = PoolsAsync,
    };

    private async Task WritesToEmbeddedAsync()
    {
        await using EmbeddedSilo embedded = await EmbeddedSilo.StartAsync();
        await WritesAsync("embedded", embedded.Grpc, 5_000);
    }

    private async Task WritesToPostgresAsync()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(EmbeddedSilo.LoadFlags, "a");
        await WritesAsync("PostgreSQL", cluster["a"].Grpc, 2_500);
    }

    private async Task WritesAsync(string store, string server, double target)
    {
        // A silo compiles its code while it runs, the hot part of it twice: until then it measures the compiler.
        await CreateCost.ManyAsync(server, "warm", Writers, WarmUp);
        List<double> rounds = [];
        for (int i = 0; i < Math.Min(run.Count, 5); i++)
        {
            rounds.Add(await CreateCost.ManyAsync(server, $"many-{i}", Writers, run.Round * 10));
        }

        run.Report(new Figure($"Services created, dual-stack, durable, {Writers} clients, {store}", new Samples(rounds), "1/s", Target: target, Better: Better.Higher));
        run.Report(new Figure($"a Service created, 1 client, p50, {store}", new Samples(await CreateCost.OneAsync(server, "one", SingleWrites)), "ms", Target: 4));
    }

    private async Task FullAsync()
    {
        await using EmbeddedSilo silo = await EmbeddedSilo.StartAsync();
        FullControlPlane full = new(size);
        await full.FillAsync(silo.Grpc);
        string what = $"{size.Services:#,0} Services x {size.Vmis} VMIs";

        List<double> served = [];
        List<double> compiled = [];
        for (int i = 0; i < Math.Min(run.Count, 3); i++)
        {
            RestartCost restart = await RestartCost.MeasureAsync(silo, size.Services);
            served.Add(restart.Served);
            compiled.Add(restart.Compiled);
        }

        run.Report(new Figure($"silo started until all tables are served, {what}", new Samples(served), "s", Target: 6));
        run.Report(new Figure($"compiled and published from cold, {what}", new Samples(compiled), "s", Target: 3));

        List<double> joins = [];
        for (int i = 0; i < Math.Min(run.Count, 3); i++)
        {
            joins.Add(await JoinCost.MeasureAsync(silo.Grpc, FullControlPlane.NodeName(0), size.Services));
        }

        run.Report(new Figure($"a worker joins: snapshot received and acknowledged, {what}", new Samples(joins), "s", Target: 1));

        await using ChangeCost change = await ChangeCost.StartAsync(silo.Grpc, full);
        Samples alone = new(await change.ToOneAsync(200));
        run.Report(new Figure($"a VMI changed until 1 worker acknowledged, p50, {what}", Samples.Of(alone.At(0.5)), "ms", Target: 5));
        run.Report(new Figure($"a VMI changed until 1 worker acknowledged, p99, {what}", Samples.Of(alone.At(0.99)), "ms", Target: 25));
        await change.AttachAllAsync(size.Workers);
        Samples all = new(await change.ToAllAsync(200));
        run.Report(new Figure($"a VMI changed until {size.Workers:#,0} workers acknowledged, p50, {what}", Samples.Of(all.At(0.5)), "ms"));
        run.Report(new Figure($"a VMI changed until {size.Workers:#,0} workers acknowledged, p99, {what}", Samples.Of(all.At(0.99)), "ms", Target: 150));
        run.Report(new Figure($"memory of the silo, {what}, {size.Workers:#,0} workers", Samples.Of(silo.ResidentMiB()), "MiB", Target: 1024));
    }

    private async Task FailoverAsync()
    {
        List<double> killed = [];
        List<double> frozen = [];
        for (int i = 0; i < Math.Min(run.Count, 3); i++)
        {
            killed.Add(await FailoverCost.MeasureAsync("KILL"));
            frozen.Add(await FailoverCost.MeasureAsync("STOP"));
        }

        run.Report(new Figure("silo of three killed -9: the worst key takes writes again", new Samples(killed), "s", Target: 4));
        run.Report(new Figure("silo of three frozen: the worst key takes writes again", new Samples(frozen), "s", Target: 15));
    }

    private async Task PoolsAsync()
    {
        await using EmbeddedSilo empty = await EmbeddedSilo.StartAsync("10.96.0.0/16");
        await using EmbeddedSilo wide = await EmbeddedSilo.StartAsync("fd00:96::/64");
        await using EmbeddedSilo full = await EmbeddedSilo.StartAsync("10.96.0.0/16");
        await PoolCost.FillAsync(full.Grpc);
        Samples[] took = [.. (await PoolCost.MeasureAsync(empty.Grpc, wide.Grpc, full.Grpc)).Select(each => new Samples(each))];
        run.Report(new Figure("a Service created in a /64", took[1], "ms", "an empty /16", took[0], 2));
        run.Report(new Figure("a Service created in a /16 of which 95 % is leased", took[2], "ms", "an empty /16", took[0], 2));
    }
}
