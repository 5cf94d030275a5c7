using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Orleans.Cn2.Client;
using Orleans.Cn2.Silo;
using Orleans.Cn2.Silo.Hosting;

namespace Orleans.Cn2.Api.Tests;

/// <summary>A real silo in this process: embedded store in a directory of its own, gRPC and JSON on loopback.</summary>
public sealed class SiloFixture : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("cn2-api-").FullName;
    private WebApplication _app = null!;

    /// <summary>Address of the gRPC API.</summary>
    public string Grpc { get; } = $"http://127.0.0.1:{FreePort()}";

    /// <summary>Address of the JSON API.</summary>
    public string Http { get; } = $"http://127.0.0.1:{FreePort()}";

    /// <summary>A client of the gRPC API.</summary>
    public Cn2Client Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        (SiloOptions? options, _) = SiloOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["data"] = _directory,
            ["grpc"] = new Uri(Grpc).Authority,
            ["http"] = new Uri(Http).Authority,
            ["silo-port"] = $"{FreePort()}",
            ["gateway-port"] = $"{FreePort()}",
        }).Build());
        _app = SiloProgram.Build(options!);
        await _app.StartAsync();
        Client = Cn2Client.Connect(Grpc);
        using HttpClient http = new();
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        using PeriodicTimer pause = new(TimeSpan.FromMilliseconds(50));
        while (!(await http.GetAsync($"{Http}/healthz", limit.Token)).IsSuccessStatusCode)
        {
            await pause.WaitForNextTickAsync(limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
