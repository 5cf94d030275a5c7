using System.Diagnostics;
using Grpc.Net.Client;
using Orleans.Cn2.Testing.Southbound;

namespace Orleans.Cn2.Bench.Control.Costs;

/// <summary>A worker that holds nothing joins a silo that is full.</summary>
internal static class JoinCost
{
    /// <summary>Seconds from connecting until every shard is received and acknowledged.</summary>
    public static async Task<double> MeasureAsync(string server, string node, int services)
    {
        using GrpcChannel channel = Channels.Open(server);
        TableTally tally = new(services);
        long began = Stopwatch.GetTimestamp();
        await using StreamWorker worker = await StreamWorker.ConnectAsync(channel, node, (_, update) => tally.Take(update));
        await tally.Complete;
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
