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

    /// <summary>Milliseconds of each create at each silo, one at a time; the silos take turns.</summary>
    public static async Task<IReadOnlyList<double[]>> MeasureAsync(params string[] servers)
    {
        Cn2Client[] clients = [.. servers.Select(server => Cn2Client.Connect(server))];
        double[][] took = [.. servers.Select(_ => new double[Measured])];
        for (int i = -WarmUp; i < Measured; i++)
        {
            foreach ((Cn2Client client, double[] own) in clients.Zip(took))
            {
                long began = Stopwatch.GetTimestamp();
                await Requests.KnownAsync(() => client.Services.ApplyAsync(Single("measured", $"s-{i + WarmUp}")));
                if (i >= 0)
                {
                    own[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                }
            }
        }

        Array.ForEach(clients, client => client.Dispose());
        return took;
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
