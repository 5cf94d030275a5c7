using System.Globalization;
using System.Net;
using Orleans.Cn2.Lab.Processes;

namespace Orleans.Cn2.Testing.Processes;

/// <summary>A silo in a process of its own, on free ports of the loopback.</summary>
public sealed class SiloRun : IAsyncDisposable
{
    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly HttpClient _http;

    private SiloRun(ProgramRun program, string grpc, string http, HttpClient? client = null) =>
        (Program, Grpc, Http, _http) = (program, grpc, http, client ?? Client);

    public ProgramRun Program { get; }

    /// <summary>Where gRPC is served, in a client's spelling.</summary>
    public string Grpc { get; }

    /// <summary>Base address of JSON, health and metrics.</summary>
    public string Http { get; }

    /// <summary>Starts a silo on this data directory; <paramref name="socket"/> makes it serve gRPC on a unix domain socket.</summary>
    public static SiloRun Start(
        string data, string? socket = null, IEnumerable<string>? flags = null, IReadOnlyDictionary<string, string>? environment = null) =>
        Start(FreePorts.Take(4), socket, ["--data", data, .. flags ?? []], environment);

    /// <summary>Starts a silo of a cluster on PostgreSQL. The same ports make it the same silo again.</summary>
    public static SiloRun StartMember(int[] ports, string name, string connectionString, params string[] flags) => Start(
        ports,
        null,
        ["--name", name, "--store", "postgres", .. flags],
        new Dictionary<string, string> { ["CN2_STORE_CONNECTION"] = connectionString });

    /// <summary>The same in a place of its own: silos that are reached by its address must be told that the link between them is trusted.</summary>
    public static SiloRun StartMember(SiloPlace place, int[] ports, string name, string connectionString, params string[] flags)
    {
        ArgumentNullException.ThrowIfNull(place);
        return Start(
            ports,
            place.Socket,
            ["--name", name, "--store", "postgres", "--advertise", place.Address, "--insecure-cluster", "true", .. flags],
            new Dictionary<string, string> { ["CN2_STORE_CONNECTION"] = connectionString },
            place);
    }

    /// <summary>Starts a silo by a line for bash; the line may leave addresses and ports to the environment.</summary>
    public static async Task<SiloRun> StartHealthyByAsync(string line)
    {
        string[] ports = [.. FreePorts.Take(4).Select(port => port.ToString(CultureInfo.InvariantCulture))];
        SiloRun silo = new(
            Shell.Start(
                line, ("CN2_GRPC", $"127.0.0.1:{ports[0]}"), ("CN2_HTTP", $"127.0.0.1:{ports[1]}"), ("CN2_SILO_PORT", ports[2]), ("CN2_GATEWAY_PORT", ports[3])),
            $"http://127.0.0.1:{ports[0]}",
            $"http://127.0.0.1:{ports[1]}");
        await silo.HealthyAsync();
        return silo;
    }

    public static async Task<SiloRun> StartHealthyAsync(
        string data, string? socket = null, IEnumerable<string>? flags = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        SiloRun silo = Start(data, socket, flags, environment);
        await silo.HealthyAsync();
        return silo;
    }

    /// <summary>Waits until it serves every shard.</summary>
    public Task HealthyAsync() => Until.TrueAsync("the silo is healthy", TimeSpan.FromSeconds(120), IsHealthyAsync, () => Program.Output);

    public Task<string> GetAsync(string path) => _http.GetStringAsync(new Uri(Http + path));

    public ValueTask DisposeAsync() => Program.DisposeAsync();

    private async Task<bool> IsHealthyAsync()
    {
        Program.MustRun();
        try
        {
            using HttpResponseMessage answer = await _http.GetAsync(new Uri(Http + "/healthz"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception early) when (early is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static SiloRun Start(
        int[] ports, string? socket, string[] options, IReadOnlyDictionary<string, string>? environment, SiloPlace? place = null)
    {
        string grpc = socket is null ? $"127.0.0.1:{ports[0]}" : "unix:" + socket;
        string http = $"127.0.0.1:{ports[1]}";
        string[] command =
        [
            .. place?.Enter ?? [], "dotnet", Checkout.Silo, .. options, "--grpc", grpc, "--http", http,
            "--silo-port", ports[2].ToString(CultureInfo.InvariantCulture), "--gateway-port", ports[3].ToString(CultureInfo.InvariantCulture),
        ];
        return new SiloRun(ProgramRun.Start(command[0], command[1..], environment), socket is null ? "http://" + grpc : grpc, "http://" + http, place?.Http);
    }
}
