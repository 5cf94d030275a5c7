using System.Diagnostics;
using Orleans.Cn2.Bench.Control.Load;
using Orleans.Cn2.Client;

namespace Orleans.Cn2.Bench.Control.Costs;

/// <summary>What it costs to create dual-stack Services without back ends in one subnet. Each client has a namespace of its own.</summary>
internal static class CreateCost
{
    /// <summary>Creates a second, by this many clients with a connection each, over this time.</summary>
    public static async Task<double> ManyAsync(string server, string ns, int clients, TimeSpan duration)
    {
        Cn2Client[] connections = [.. Enumerable.Range(0, clients).Select(_ => Cn2Client.Connect(server))];
        long began = Stopwatch.GetTimestamp();
        int[] created = await Task.WhenAll(connections.Select((client, index) => Task.Run(async () =>
        {
            int count = 0;
            for (; Stopwatch.GetElapsedTime(began) < duration; count++)
            {
                await client.Services.ApplyAsync(Requests.DualStack($"{ns}-{index}", $"s-{count}"));
            }

            return count;
        })));
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Array.ForEach(connections, client => client.Dispose());
        return created.Sum() / seconds;
    }

    /// <summary>Milliseconds of each create, by one client, one after the other.</summary>
    public static async Task<double[]> OneAsync(string server, string ns, int count)
    {
        using Cn2Client client = Cn2Client.Connect(server);
        double[] took = new double[count];
        for (int i = 0; i < count; i++)
        {
            long began = Stopwatch.GetTimestamp();
            await client.Services.ApplyAsync(Requests.DualStack(ns, $"s-{i}"));
            took[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }

        return took;
    }
}
