using System.Diagnostics;
using Orleans.Cn2.Bench.Control.Load;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Bench.Control.Costs;

/// <summary>Creates Services of one family, in a silo whose default subnet is as full as the figure says.</summary>
internal static class PoolCost
{
    private const int Leased = 65_536 * 95 / 100;
    private const int WarmUp = 300;
    private const int Measured = 500;
    private const int CallsAtOnce = 128;

    /// <summary>Leases 95 % of a /16.</summary>
    public static async Task FillAsync(string server)
    {
        using Cn2Client client = Cn2Client.Connect(server);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Leased - (WarmUp + Measured)),
            new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce },
            async (number, _) => await Requests.KnownAsync(() => client.Services.ApplyAsync(Single($"fill-{number / 1_000}", $"s-{number}"))));
    }

    /// <summary>Milliseconds of each create, by one client.</summary>
    public static async Task<double[]> MeasureAsync(string server, string ns)
    {
        using Cn2Client client = Cn2Client.Connect(server);
        List<double> took = [];
        for (int i = 0; i < WarmUp + Measured; i++)
        {
            long began = Stopwatch.GetTimestamp();
            await Requests.KnownAsync(() => client.Services.ApplyAsync(Single(ns, $"s-{i}")));
            if (i >= WarmUp)
            {
                took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        }

        return [.. took];
    }

    private static ApplyServiceRequest Single(string ns, string name) => new()
    {
        Service = new Service
        {
            Metadata = new ObjectMeta { Namespace = ns, Name = name },
            Spec = new ServiceSpec { Ports = { new ServicePort { Port = 80 } }, Selector = { ["app"] = name } },
        },
    };
}
