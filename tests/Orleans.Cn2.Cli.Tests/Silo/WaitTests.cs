using Grpc.Net.Client;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Processes;
using Orleans.Cn2.Testing.Southbound;

namespace Orleans.Cn2.Cli.Tests.Silo;

/// <summary><c>--wait</c> with a node whose worker holds back, beside one that does not.</summary>
[Collection(SiloCollection.Name)]
public sealed class WaitTests(SiloFixture silo) : IAsyncLifetime
{
    private const string Slow = "slow";
    private const string Namespace = "waiting";
    private GrpcChannel _channel = null!;
    private StreamWorker _worker = null!;

    public async ValueTask InitializeAsync()
    {
        await silo.Client.Nodes.RegisterAsync(new RegisterNodeRequest { Node = new Node { Metadata = new ObjectMeta { Name = Slow }, Addresses = { "192.0.2.2" } } });
        _channel = GrpcChannel.ForAddress(silo.Server);
        _worker = await StreamWorker.ConnectAsync(_channel, Slow);
        await Until.TrueAsync(
            "the slow worker is in sync",
            TimeSpan.FromSeconds(60),
            async () => (await silo.Client.Nodes.GetAsync(new GetNodeRequest { Name = Slow })).Vrouter is { State: "Connected", InSync: true },
            () => "");
    }

    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        _channel.Dispose();
        await silo.Client.Nodes.DeleteAsync(new DeleteNodeRequest { Name = Slow });
    }

    [Fact]
    public void Apply_OneOfTwoLacks_WaitsForTheShareAskedFor()
    {
        _worker.Holds = true;

        (int code, string output, string error) = Apply("half", "--wait=50", "--timeout", "60");
        Assert.True(code == ExitCodes.Ok, error);
        Assert.Equal("service/half created\n", output);
        (code, output, error) = Apply("half-more", "--wait=51", "--timeout", "1");
        Assert.Equal((ExitCodes.Unavailable, "service/half-more created\n"), (code, output));
        Assert.Equal("error: not programmed within 1 s: 1 of 2 vRouters have it, 51 % asked for; lacking: slow\n", error);
        (code, _, error) = Apply("whole", "--wait", "--timeout", "1");
        Assert.Equal((ExitCodes.Unavailable, "error: not programmed within 1 s: 1 of 2 vRouters have it; lacking: slow\n"), (code, error));

        _worker.Holds = false;
        (code, _, error) = Apply("whole", "--wait", "--timeout", "60");
        Assert.True(code == ExitCodes.Ok, error);
    }

    [Fact]
    public void Delete_OneStillSelectsIt_SaysWhich_AndAnUnknownOneIsRefused()
    {
        Assert.Equal(ExitCodes.Ok, Apply("brief", "--wait", "--timeout", "60").ExitCode);
        _worker.Holds = true;

        (int code, string output, string error) = Delete("brief", "--timeout", "1");

        Assert.Equal((ExitCodes.Unavailable, ""), (code, output));
        Assert.Equal("error: not programmed within 1 s: 1 of 2 vRouters have it; lacking: slow\n", error);
        _worker.Holds = false;
        Assert.Equal(ExitCodes.Refused, Delete("brief").ExitCode);
    }

    [Fact]
    public async Task Delete_FlowsAreLeft_WaitsUntilTheyAreGone()
    {
        Assert.Equal(ExitCodes.Ok, Apply("busy", "--wait", "--timeout", "60").ExitCode);
        Assert.Equal(ExitCodes.Ok, Apply("busy-too", "--wait", "--timeout", "60").ExitCode);
        _worker.Flows = [new Flow { Protocol = "TCP", Client = "10.1.0.9", FloatingIp = "10.96.0.1", Vmi = "10.1.0.5" }];

        (int code, _, string error) = Delete("busy", "--timeout", "1");
        Assert.Equal((ExitCodes.Unavailable, "error: flows are left after 1 s on 1 nodes: slow\n"), (code, error));

        Task<(int ExitCode, string Output, string Error)> waiting = Task.Run(() => Delete("busy-too", "--timeout", "60"));
        await Until.TrueAsync(
            "the Service is gone", TimeSpan.FromSeconds(60), async () => !(await NamesAsync()).Contains("busy-too"), () => "");
        Assert.False(waiting.IsCompleted, waiting.IsCompleted ? $"ended by {await waiting}" : "");
        _worker.Flows = [];
        Assert.Equal((ExitCodes.Ok, "service/busy-too deleted\n", ""), await waiting);
    }

    [Fact]
    public async Task Delete_WorkerLeft_CountsItsFlowsUntilItIsLost()
    {
        Assert.Equal(ExitCodes.Ok, Apply("left", "--wait", "--timeout", "60").ExitCode);
        await _worker.DisposeAsync();

        (int code, _, string error) = Delete("left", "--timeout", "1");

        Assert.Equal((ExitCodes.Unavailable, "error: flows are left after 1 s on 1 nodes: slow\n"), (code, error));
    }

    [Theory]
    [InlineData("--wait=0", "wait: 0 must be between 1 and 100")]
    [InlineData("--wait=101", "wait: 101 must be between 1 and 100")]
    [InlineData("--timeout=0", "timeout: 0 must be above 0 and at most 600")]
    public void Apply_OptionsOutOfRange_AreUsageErrors(string flag, string expected)
    {
        (int code, _, string error) = Apply("odd", flag.StartsWith("--wait", StringComparison.Ordinal) ? [flag] : ["--wait", flag]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    private (int ExitCode, string Output, string Error) Apply(string name, params string[] flags)
    {
        using ScratchFolder scratch = new();
        File.WriteAllText(
            scratch.Of("service.yaml"),
            $$"""
            apiVersion: v1
            kind: Service
            metadata: {name: {{name}}, namespace: {{Namespace}}}
            spec: {selector: {app: {{name}}}, ports: [{port: 80}]}
            """);
        return Cn2.Run(["apply", "-f", scratch.Of("service.yaml"), .. flags, "--server", silo.Server]);
    }

    private (int ExitCode, string Output, string Error) Delete(string name, params string[] flags) =>
        Cn2.Run(["delete", "service", name, "-n", Namespace, "--wait", .. flags, "--server", silo.Server]);

    private async Task<IEnumerable<string>> NamesAsync() =>
        (await silo.Client.Services.ListAsync(new ListServicesRequest { Options = new ListOptions { Namespace = Namespace } })).Services.Select(service => service.Metadata.Name);
}
