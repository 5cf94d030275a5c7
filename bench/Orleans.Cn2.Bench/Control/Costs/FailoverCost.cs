using System.Diagnostics;
using System.Globalization;
using Orleans.Cn2.Bench.Control.Load;
using Orleans.Cn2.Bench.Control.Silos;
using Orleans.Cn2.Client;
using Orleans.Cn2.Testing.Processes;
using Spectre.Console;

namespace Orleans.Cn2.Bench.Control.Costs;

/// <summary>
/// Three silos under writers, one a Service, that change it without a pause, each change repeated until it is acknowledged. One silo is killed or frozen;
/// what counts is how long after that the last of the Services has taken a write whose successful try began later.
/// </summary>
internal static class FailoverCost
{
    private const int Keys = 48;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    /// <summary>Seconds from the signal to the first write of the worst key.</summary>
    public static async Task<double> MeasureAsync(string signal)
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(EmbeddedSilo.LoadFlags, "a", "b", "c");
        using Cn2Client client = Cn2Client.Connect(cluster.Endpoints);
        KeyWriter[] writers = [.. Enumerable.Range(0, Keys).Select(key => new KeyWriter(client, $"key-{key}"))];
        Array.ForEach(writers, writer => writer.Start());
        await Task.WhenAll(writers.Select(writer => writer.FirstAfter(0).WaitAsync(Bound)));
        await Task.Delay(Settling);

        long began = Stopwatch.GetTimestamp();
        await cluster["a"].Program.SignalAsync(signal);
        double[] took = await Task.WhenAll(writers.Select(async writer =>
        {
            await writer.FirstAfter(began).WaitAsync(Bound);
            return Stopwatch.GetElapsedTime(began).TotalSeconds;
        }));
        if (signal == "STOP")
        {
            await cluster["a"].Program.SignalAsync("CONT");
        }

        await Task.WhenAll(writers.Select(writer => writer.StopAsync()));
        AnsiConsole.WriteLine($"  {signal}: {string.Join(' ', took.Order().Select(seconds => seconds.ToString("0.0", CultureInfo.InvariantCulture)))} s");
        return took.Max();
    }
}
