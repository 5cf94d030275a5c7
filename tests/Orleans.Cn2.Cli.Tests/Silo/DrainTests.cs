using Grpc.Net.Client;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Southbound;

namespace Orleans.Cn2.Cli.Tests.Silo;

/// <summary><c>cn2 drain</c>, <c>undrain</c>, <c>wait vmi</c> and <c>delete vmi --drain</c>, with a node that has flows as long as the test wants.</summary>
[Collection(SiloCollection.Name)]
public sealed class DrainTests(SiloFixture silo) : IAsyncLifetime
{
    private const string Busy = "busy-node";
    private const string Namespace = "drains";
    private GrpcChannel _channel = null!;
    private StreamWorker _worker = null!;

    public async ValueTask InitializeAsync()
    {
        await silo.Client.Nodes.RegisterAsync(new RegisterNodeRequest { Node = new Node { Metadata = new ObjectMeta { Name = Busy }, Addresses = { "192.0.2.3" } } });
        _channel = GrpcChannel.ForAddress(silo.Server);
        _worker = await StreamWorker.ConnectAsync(_channel, Busy);
        await RegisterAsync("here", Busy, "192.0.2.91");
        await RegisterAsync("there", SiloFixture.Node, "10.1.0.91");
        (int code, _, string error) = silo.Apply("web.yaml", $$"""
            apiVersion: v1
            kind: Service
            metadata: {name: web, namespace: {{Namespace}}}
            spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
            """, "--wait", "--timeout", "60");
        Assert.True(code == ExitCodes.Ok, error);
    }

    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        _channel.Dispose();
        await silo.Client.Services.DeleteAsync(new DeleteServiceRequest { Namespace = Namespace, Name = "web" });
        await silo.Client.Nodes.DeleteAsync(new DeleteNodeRequest { Name = Busy });
        foreach (string left in await NamesAsync())
        {
            await silo.Client.Vmis.DeregisterAsync(new DeregisterVmiRequest { Namespace = Namespace, Name = left });
        }
    }

    [Fact]
    public async Task Drain_FlowsAreLeft_WaitsUntilTheyEnd_AndShows()
    {
        _worker.Flows = [Flow()];
        (int code, string output, string error) = Run("drain", Busy, "--wait", "--timeout", "1");
        Assert.Equal((ExitCodes.Unavailable, "", $"error: not drained within 1 s: 1 of 1 VMIs: {Namespace}/here: {Busy}: 1 flows\n"), (code, output, error));
        Assert.Contains("Draining", Run("get", "nodes", Busy).Output, StringComparison.Ordinal);
        Assert.Contains("Draining", Run("get", "vmis", "here").Output, StringComparison.Ordinal);
        Assert.Contains("draining: true", Run("describe", "node", Busy).Output, StringComparison.Ordinal);

        Task<(int, string, string)> waiting = Task.Run(() => Run("drain", Busy, "--wait", "--timeout", "60"));
        _worker.Flows = [];
        Assert.Equal((ExitCodes.Ok, $"node/{Busy} drained\n", ""), await waiting);
        Assert.Contains("drained: true", Run("describe", "vmi", "here").Output, StringComparison.Ordinal);

        Assert.Equal((ExitCodes.Ok, $"node/{Busy} undrained\n", ""), Run("uncordon", Busy, "--wait", "--timeout", "60"));
        Assert.Contains("Serving", Run("get", "nodes", Busy).Output, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Ok, "vmi/here available\n", ""), Run("wait", "vmi", "here", "--for", "available", "--timeout", "60"));
    }

    [Fact]
    public async Task RollingUpdate_AsDocumented_MakesBeforeItBreaks()
    {
        await RegisterAsync("next", SiloFixture.Node, "10.1.0.92");
        (int code, string output, string error) = Run("wait", "vmi", "-l", "app=web", "--for", "available", "--timeout", "60");
        Assert.Equal((ExitCodes.Ok, "vmi/here available\nvmi/next available\nvmi/there available\n", ""), (code, output, error));
        _worker.Flows = [Flow()];

        // Where it takes too long the VMI stays.
        (code, output, error) = Run("delete", "vmi", "here", "--drain", "--timeout", "1");
        Assert.Equal((ExitCodes.Unavailable, "", $"error: not drained within 1 s: 1 of 1 VMIs: {Namespace}/here: {Busy}: 1 flows\n"), (code, output, error));
        Assert.Contains("Terminating", Run("get", "vmis", "here").Output, StringComparison.Ordinal);

        _worker.Flows = [];
        Assert.Equal((ExitCodes.Ok, "vmi/here drained\n", ""), Run("wait", "vmi", "here", "--for", "drained", "--timeout", "60"));
        Assert.Equal((ExitCodes.Ok, "vmi/here deleted\n", ""), Run("delete", "vmi", "here", "--drain", "--wait", "--timeout", "60"));
        Assert.Equal(["next", "there"], await NamesAsync());
    }

    [Theory]
    [InlineData("for: 'ready' must be available or drained", "wait", "vmi", "here", "--for", "ready")]
    [InlineData("percent: 0 must be between 1 and 100", "wait", "vmi", "here", "--for", "available", "--percent", "0")]
    [InlineData("silence: 0 must be above 0 and at most 600", "wait", "vmi", "here", "--for", "drained", "--silence", "0")]
    [InlineData("name: give names or a selector (-l), and not both", "wait", "vmi", "--for", "available")]
    [InlineData("name: give names or a selector (-l), and not both", "wait", "vmi", "here", "-l", "app=web", "--for", "available")]
    [InlineData("drain: a service can't be drained before it is deleted, a vmi can", "delete", "service", "web", "--drain")]
    public void Options_NotUnderstood_AreUsageErrors(string expected, params string[] args)
    {
        (int code, _, string error) = Run(args);

        Assert.Equal((ExitCodes.Usage, $"error: {expected}\n"), (code, error));
    }

    [Theory]
    [InlineData("drain", "nobody")]
    [InlineData("undrain", "nobody")]
    [InlineData("wait", "vmi", "nobody", "--for", "available")]
    [InlineData("wait", "vmi", "-l", "app=nobody", "--for", "available")]
    [InlineData("delete", "vmi", "nobody", "--drain")]
    public void Command_OnWhatIsNotThere_IsRefused(params string[] args) => Assert.Equal(ExitCodes.Refused, Run(args).ExitCode);

    private static Flow Flow() =>
        new() { Protocol = "TCP", Client = "10.1.0.9", FloatingIp = "10.96.0.1", Vmi = "192.0.2.91", TargetPort = 8080, SourceSeen = "10.1.0.9", Established = true };

    private (int ExitCode, string Output, string Error) Run(params string[] args) => Cn2.Run([.. args, "-n", Namespace, "--server", silo.Server]);

    private async Task RegisterAsync(string name, string node, string address)
    {
        Vmi vmi = new() { Metadata = new ObjectMeta { Namespace = Namespace, Name = name, Labels = { ["app"] = "web" } }, Node = node, Addresses = { address } };
        await silo.Client.Vmis.RegisterAsync(new RegisterVmiRequest { Vmi = vmi });
    }

    private async Task<string[]> NamesAsync() =>
        [.. (await silo.Client.Vmis.ListAsync(new ListVmisRequest { Options = new ListOptions { Namespace = Namespace } })).Vmis.Select(vmi => vmi.Metadata.Name)];
}
