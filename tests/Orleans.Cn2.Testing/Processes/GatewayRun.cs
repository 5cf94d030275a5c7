using System.Net;
using Orleans.Cn2.Lab.Processes;

namespace Orleans.Cn2.Testing.Processes;

/// <summary>A gateway in a process of its own, on free ports of the loopback, in front of the silos on a PostgreSQL database.</summary>
public sealed class GatewayRun : IAsyncDisposable
{
    private readonly HttpClient _probe;

    private GatewayRun(ProgramRun program, string grpc, string http, HttpClient probe) => (Program, Grpc, Http, _probe) = (program, grpc, http, probe);

    public ProgramRun Program { get; }

    /// <summary>Where gRPC is served, in a client's spelling.</summary>
    public string Grpc { get; }

    /// <summary>Base address of JSON, health and metrics.</summary>
    public string Http { get; }

    /// <summary>Starts a gateway; <paramref name="tls"/> says that the flags make it speak TLS.</summary>
    public static GatewayRun Start(string connectionString, bool tls = false, params string[] flags)
    {
        int[] ports = FreePorts.Take(2);
        string scheme = tls ? "https" : "http";
        ProgramRun program = ProgramRun.Start(
            "dotnet",
            [Checkout.Gateway, "--store", "postgres", "--grpc", $"127.0.0.1:{ports[0]}", "--http", $"127.0.0.1:{ports[1]}", .. flags],
            new Dictionary<string, string> { ["CN2_STORE_CONNECTION"] = connectionString });
        HttpClientHandler handler = new() { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
        return new GatewayRun(
            program, $"{scheme}://127.0.0.1:{ports[0]}", $"{scheme}://127.0.0.1:{ports[1]}", new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(10) });
    }

    /// <summary>Waits until it serves every shard.</summary>
    public Task HealthyAsync() => HealthAsync(HttpStatusCode.OK);

    /// <summary>Waits until <c>/healthz</c> answers with this status.</summary>
    public Task HealthAsync(HttpStatusCode status) => Until.TrueAsync(
        $"the gateway's health is {status}", TimeSpan.FromSeconds(120), async () => await StatusAsync() == status, () => Program.Output);

    public Task<string> GetAsync(string path) => _probe.GetStringAsync(new Uri(Http + path));

    public ValueTask DisposeAsync()
    {
        _probe.Dispose();
        return Program.DisposeAsync();
    }

    private async Task<HttpStatusCode?> StatusAsync()
    {
        Program.MustRun();
        try
        {
            using HttpResponseMessage answer = await _probe.GetAsync(new Uri(Http + "/healthz"));
            return answer.StatusCode;
        }
        catch (Exception early) when (early is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }
}
