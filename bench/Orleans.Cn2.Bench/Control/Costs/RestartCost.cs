using System.Diagnostics;
using Grpc.Core;
using Orleans.Cn2.Bench.Control.Silos;

namespace Orleans.Cn2.Bench.Control.Costs;

/// <summary>A full silo is killed and started again.</summary>
/// <param name="Served">Seconds from its start until a worker that holds nothing has every table.</param>
/// <param name="Compiled">Seconds from the moment it answers at all until every shard is ready: what it compiles and publishes from stored state.</param>
internal sealed record RestartCost(double Served, double Compiled)
{
    private const string Node = "node-0";
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(10);

    public static async Task<RestartCost> MeasureAsync(EmbeddedSilo silo, int services)
    {
        await silo.StartAgainAsync();
        long began = Stopwatch.GetTimestamp();
        Task<double> served = ServedAsync(silo, services, began);
        double compiled = await CompiledAsync(silo);
        return new RestartCost(await served, compiled);
    }

    private static async Task<double> ServedAsync(EmbeddedSilo silo, int services, long began)
    {
        while (true)
        {
            try
            {
                await JoinCost.MeasureAsync(silo.Grpc, Node, services);
                return Stopwatch.GetElapsedTime(began).TotalSeconds;
            }
            catch (Exception early) when (early is RpcException or IOException)
            {
                await Task.Delay(Between);
            }
        }
    }

    private static async Task<double> CompiledAsync(EmbeddedSilo silo)
    {
        using HttpClient probe = new() { Timeout = TimeSpan.FromSeconds(10) };
        long? answered = null;
        while (true)
        {
            try
            {
                using HttpResponseMessage answer = await probe.GetAsync(new Uri(silo.Http + "/healthz"));
                answered ??= Stopwatch.GetTimestamp();
                if (answer.IsSuccessStatusCode)
                {
                    return Stopwatch.GetElapsedTime(answered.Value).TotalSeconds;
                }
            }
            catch (HttpRequestException)
            {
                answered = null;
            }

            await Task.Delay(Between);
        }
    }
}
