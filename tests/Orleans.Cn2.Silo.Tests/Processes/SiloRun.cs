using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Orleans.Cn2.Silo.Tests.Processes;

/// <summary>A silo in a process of its own, on free ports of the loopback.</summary>
internal sealed class SiloRun : IAsyncDisposable
{
    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(5) };

    private SiloRun(ProgramRun program, string grpc, string http) => (Program, Grpc, Http) = (program, grpc, http);

    public ProgramRun Program { get; }

    /// <summary>Where gRPC is served, in a client's spelling.</summary>
    public string Grpc { get; }

    /// <summary>Base address of JSON, health and metrics.</summary>
    public string Http { get; }

    /// <summary>Starts a silo on this data directory; <paramref name="socket"/> makes it serve gRPC on a unix domain socket.</summary>
    public static SiloRun Start(string data, string? socket = null)
    {
        int[] ports = FreePorts(4);
        string grpc = socket is null ? $"127.0.0.1:{ports[0]}" : "unix:" + socket;
        string http = $"127.0.0.1:{ports[1]}";
        string[] arguments =
        [
            Checkout.Silo, "--data", data, "--grpc", grpc, "--http", http,
            "--silo-port", ports[2].ToString(CultureInfo.InvariantCulture), "--gateway-port", ports[3].ToString(CultureInfo.InvariantCulture),
        ];
        return new SiloRun(ProgramRun.Start("dotnet", arguments), socket is null ? "http://" + grpc : grpc, "http://" + http);
    }

    public static async Task<SiloRun> StartHealthyAsync(string data, string? socket = null)
    {
        SiloRun silo = Start(data, socket);
        await Until.TrueAsync("the silo is healthy", TimeSpan.FromSeconds(60), silo.IsHealthyAsync, () => silo.Program.Output);
        return silo;
    }

    public Task<string> GetAsync(string path) => Client.GetStringAsync(new Uri(Http + path));

    public ValueTask DisposeAsync() => Program.DisposeAsync();

    private async Task<bool> IsHealthyAsync()
    {
        Assert.False(Program.HasExited, Program.Output);
        try
        {
            using HttpResponseMessage answer = await Client.GetAsync(new Uri(Http + "/healthz"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int[] FreePorts(int count)
    {
        TcpListener[] held = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        Array.ForEach(held, listener => listener.Start());
        int[] ports = [.. held.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        Array.ForEach(held, listener => listener.Stop());
        return ports;
    }
}
