using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Histories;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Testing.Faults;

/// <summary>
/// A random load on real silos while these, their store and the workers' streams die and come back, and a check of everything that callers and vRouters saw
/// meanwhile. After each fault every caller must be able to write again.
/// </summary>
public static class FaultSoak
{
    private const int LongestFreezeMs = 4_000;

    // Some are over before the others give the silo up, some long after.
    private const int LongestCutMs = 12_000;
    private const int MostWritesBetween = 200;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);
    private static readonly string[] Nodes = ["n1", "n2"];

    // So few addresses that they are used again and again, so many that none is taken from its quarantine at the pace of the load. A machine that stalls
    // must not lose a node: that is another test's.
    private static readonly string[] Flags = ["--service-cidrs", "10.96.0.0/23,fd00:96::/119", "--node-grace", "600", "--max-rate", "1000000", "--audit", "none"];

    /// <summary>Three silos on PostgreSQL: they are killed, frozen and cut off, the store is killed and frozen, streams are cut. Needs root.</summary>
    /// <param name="seed">Of what callers choose and which faults strike; when each happens is up to the machine.</param>
    /// <param name="goesOn">Told how many faults there were; false: it is enough.</param>
    /// <param name="told">Told of each fault.</param>
    public static async Task<SoakReport> OfClusterAsync(int seed, Func<int, bool> goesOn, Action<string> told)
    {
        ArgumentNullException.ThrowIfNull(goesOn);
        using SiloNetwork network = new("cn2-soak");
        await using SiloCluster cluster = await SiloCluster.StartAsync(network, [.. Flags, "--probe-timeout", "2"], "a", "b", "c");
        Random random = new(seed);

        // One that was frozen may have learned only later that the others gave it up, and ended then.
        async Task<string> AnyAsync()
        {
            foreach (string ended in cluster.Names.Where(name => cluster[name].Program.HasExited))
            {
                await RestartAsync(cluster, ended);
            }

            return cluster.Names[random.Next(cluster.Names.Count)];
        }

        return await RunAsync(seed, random, goesOn, told, () => [.. cluster.Names.Select(name => cluster[name].Grpc)], cluster.Output,
        [
            ("silo killed", async _ =>
            {
                string name = await AnyAsync();
                await cluster[name].Program.KillAsync();
                await RestartAsync(cluster, name);
            }),
            ("silo frozen", async _ =>
            {
                string name = await AnyAsync();
                await cluster[name].Program.SignalAsync("STOP");
                await Pause.OfAsync(TimeSpan.FromMilliseconds(random.Next(LongestFreezeMs)));
                await cluster[name].Program.SignalAsync("CONT");
                await LivesOrIsReplacedAsync(cluster, name);
            }),
            ("silo cut off", async _ =>
            {
                string name = await AnyAsync();
                network.Cut(name);
                await Pause.OfAsync(TimeSpan.FromMilliseconds(random.Next(LongestCutMs)));
                network.Join(name);
                await LivesOrIsReplacedAsync(cluster, name);
            }),
            ("store killed", async _ =>
            {
                await cluster.Postgres.Process.KillAsync(CancellationToken.None);
                await cluster.Postgres.StartAgainAsync(CancellationToken.None);
            }),
            ("store frozen", async _ =>
            {
                cluster.Postgres.Process.Freeze();
                await Pause.OfAsync(TimeSpan.FromMilliseconds(random.Next(LongestFreezeMs)));
                cluster.Postgres.Process.Thaw();
            }),
            ("stream cut", workers => workers[random.Next(workers.Count)].CutAsync(TimeSpan.FromMilliseconds(random.Next(LongestFreezeMs)))),
        ]);
    }

    /// <summary>One silo on the embedded store is killed in the middle of writes, again and again.</summary>
    /// <param name="data">Directory of the store.</param>
    /// <param name="seed">Of what callers choose and which faults strike; when each happens is up to the machine.</param>
    /// <param name="goesOn">Told how often it was killed; false: it is enough.</param>
    /// <param name="told">Told of each kill.</param>
    public static async Task<SoakReport> OfOneSiloAsync(string data, int seed, Func<int, bool> goesOn, Action<string> told)
    {
        ArgumentNullException.ThrowIfNull(goesOn);
        string socket = Path.Combine(data, "silo.sock");
        SiloRun silo = await SiloRun.StartHealthyAsync(data, socket, Flags);
        try
        {
            return await RunAsync(seed, new Random(seed), goesOn, told, () => [silo.Grpc], () => silo.Program.Output,
            [
                ("silo killed", async _ =>
                {
                    await silo.Program.KillAsync();
                    SiloRun killed = silo;
                    silo = SiloRun.Start(data, socket, Flags);
                    await killed.DisposeAsync();
                    await silo.HealthyAsync();
                }),
            ]);
        }
        finally
        {
            await silo.DisposeAsync();
        }
    }

    private static async Task<SoakReport> RunAsync(
        int seed, Random random, Func<int, bool> goesOn, Action<string> told, Func<IReadOnlyList<string>> endpoints, Func<string> seen,
        IReadOnlyList<(string Name, Func<IReadOnlyList<RecordingWorker>, Task> Strike)> faults)
    {
        told($"seed {seed}");
        History history = new();
        Dictionary<string, int> struck = [];
        Queue<(string Name, Func<IReadOnlyList<RecordingWorker>, Task> Strike)> deck = [];
        TimeSpan worst = TimeSpan.Zero;
        using Cn2Client client = Cn2Client.Connect(string.Join(',', endpoints()));
        foreach (string node in Nodes)
        {
            await client.Nodes.RegisterAsync(new RegisterNodeRequest { Node = new Node { Metadata = new ObjectMeta { Name = node }, Addresses = { $"192.0.2.{node[1]}" } } });
        }

        // Each prefers another silo, so that all of them are asked at once.
        Cn2Client[] clients = [.. Enumerable.Range(0, RandomLoad.Callers).Select(
            caller => Cn2Client.Connect(string.Join(',', endpoints().Select((_, index) => endpoints()[(index + caller) % endpoints().Count]))))];
        List<RecordingWorker> workers = [.. Nodes.Select(node => new RecordingWorker(history, node, endpoints))];
        try
        {
            RandomLoad load = new(clients, history, Nodes, seed);
            load.Start();
            await load.EveryCallerGoesOnAsync(Bound, seen);
            for (int count = 0; goesOn(count); count++)
            {
                int until = load.Acknowledged + 1 + random.Next(MostWritesBetween);
                await Until.TrueAsync("the load goes on", Bound, () => Task.FromResult(load.Acknowledged >= until), seen);
                if (deck.Count == 0)
                {
                    // All kinds in each round, so that a short run has them too.
                    deck = new(faults.OrderBy(_ => random.Next()));
                }

                (string name, Func<IReadOnlyList<RecordingWorker>, Task> strike) = deck.Dequeue();
                told(string.Create(CultureInfo.InvariantCulture, $"{history.Now.TotalSeconds:0.0} s: {name} after {load.Acknowledged} acknowledged writes"));
                await strike(workers);
                struck[name] = struck.GetValueOrDefault(name) + 1;
                long over = Stopwatch.GetTimestamp();
                await load.EveryCallerGoesOnAsync(Bound, seen);
                worst = TimeSpan.FromTicks(Math.Max(worst.Ticks, Stopwatch.GetElapsedTime(over).Ticks));
            }

            await load.StopAsync(Bound);
            await Agreement.ReachedAsync(client, () => [.. workers.Select(worker => worker.Tables)], Bound, seen);
        }
        finally
        {
            foreach (RecordingWorker worker in workers)
            {
                await worker.DisposeAsync();
            }

            Array.ForEach(clients, each => each.Dispose());
        }

        return new SoakReport(
            seed,
            struck.ToImmutableSortedDictionary(StringComparer.Ordinal),
            history.Operations.Count,
            history.Operations.Count(call => call.Outcome == Outcome.Acknowledged),
            history.Operations.Count(call => call.Outcome == Outcome.Unknown),
            history.Operations.Where(call => call.Seen is not null).SelectMany(call => call.Seen!.Addresses.Select(address => (address, call.Seen.Uid)))
                .Distinct().GroupBy(owner => owner.address).Count(owners => owners.Count() > 1),
            worst,
            new HistoryChecker(name => name.StartsWith(LoadService.Kind, StringComparison.Ordinal) ? 2 : 0, RandomLoad.AskedFor.Contains).Check(history.Operations, history.Holdings));
    }

    /// <summary>One that the others gave up meanwhile ends by itself.</summary>
    private static async Task LivesOrIsReplacedAsync(SiloCluster cluster, string name)
    {
        await Until.TrueAsync("the silo lives or ends", Bound, async () => cluster[name].Program.HasExited || await LivesAsync(cluster, name), cluster.Output);
        if (cluster[name].Program.HasExited)
        {
            await RestartAsync(cluster, name);
        }
    }

    private static async Task RestartAsync(SiloCluster cluster, string name)
    {
        await cluster[name].DisposeAsync();
        await cluster.StartAsync(name);
    }

    private static async Task<bool> LivesAsync(SiloCluster cluster, string name)
    {
        try
        {
            using Cn2Client client = cluster.Connect(name);
            await client.Nodes.ListAsync(new ListNodesRequest(), deadline: DateTime.UtcNow.AddSeconds(1));
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }
}
