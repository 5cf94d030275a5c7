using System.Net;
using System.Net.Sockets;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Silo.Tests.Clusters;

namespace Orleans.Cn2.Silo.Tests.Processes;

[Collection(SiloProcesses.Name)]
public sealed class SiloProcessTests
{
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Silo_StoppedAndStartedAgain_KeepsWhatItAcknowledged()
    {
        using ScratchFolder scratch = new();
        string[] addresses;
        await using (SiloRun first = await SiloRun.StartHealthyAsync(scratch.Of("data")))
        {
            addresses = [.. (await ApplyAsync(first)).Status.FloatingIps.Select(fip => fip.Address)];
            Assert.Equal(2, addresses.Length);
            Assert.Equal(0, await first.Program.TerminateAsync(StopBound));
        }

        await using SiloRun second = await SiloRun.StartHealthyAsync(scratch.Of("data"));
        using Cn2Client client = Cn2Client.Connect(second.Grpc);
        Service kept = await client.Services.GetAsync(new GetServiceRequest { Namespace = "default", Name = "web" }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(addresses, kept.Status.FloatingIps.Select(fip => fip.Address));
    }

    [Fact]
    public async Task Silo_Killed_ServesAgainOnTheSameDataAndSocket()
    {
        using ScratchFolder scratch = new();
        string[] addresses;
        await using (SiloRun first = await SiloRun.StartHealthyAsync(scratch.Of("data"), scratch.Of("silo.sock")))
        {
            addresses = [.. (await ApplyAsync(first)).Status.FloatingIps.Select(fip => fip.Address)];
            await first.Program.KillAsync();
        }

        Assert.True(File.Exists(scratch.Of("silo.sock")), "the kill left no socket behind, so this test tests nothing");
        await using SiloRun second = await SiloRun.StartHealthyAsync(scratch.Of("data"), scratch.Of("silo.sock"));
        using Cn2Client client = Cn2Client.Connect(second.Grpc);
        Service kept = await client.Services.GetAsync(new GetServiceRequest { Namespace = "default", Name = "web" }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(addresses, kept.Status.FloatingIps.Select(fip => fip.Address));
    }

    [Fact]
    public async Task SecondSilo_OnTheSameData_IsRefusedWithTheReason()
    {
        using ScratchFolder scratch = new();
        await using SiloRun first = await SiloRun.StartHealthyAsync(scratch.Of("data"));
        await using SiloRun second = SiloRun.Start(scratch.Of("data"));
        Assert.Equal(3, await second.Program.ExitAsync(StopBound));
        string reason = Assert.Single(second.Program.Errors);
        Assert.StartsWith("cn2-silo: ", reason, StringComparison.Ordinal);
        Assert.Contains("another silo has it open", reason, StringComparison.Ordinal);
        Assert.Equal("Healthy", await first.GetAsync("/healthz"));
    }

    [Fact]
    public async Task Silo_PortInUse_EndsWithTheReason()
    {
        using ScratchFolder scratch = new();
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        (int status, string output, IReadOnlyCollection<string> errors) = await ProgramRun.RunAsync(
            "dotnet", [Checkout.Silo, "--data", scratch.Of("data"), "--http", taken.LocalEndpoint.ToString()!, "--grpc", "unix:" + scratch.Of("s")]);
        Assert.True(status == 3, output);
        Assert.Contains("address already in use", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silo_WrongEnvironmentAndFlags_NamesEveryErrorAndEndsWith2()
    {
        (int status, _, IReadOnlyCollection<string> errors) = await ProgramRun.RunAsync(
            "dotnet",
            [Checkout.Silo, "--gateway-port", "x", "--bogus", "1", "--name"],
            new Dictionary<string, string> { ["CN2_SILO_PORT"] = "y" });
        Assert.Equal(2, status);
        Assert.Equal(
            ["cn2-silo: name", "cn2-silo: silo-port", "cn2-silo: gateway-port", "cn2-silo: bogus"],
            errors.Select(error => string.Join(':', error.Split(':')[..2])));
    }

    private static async Task<Service> ApplyAsync(SiloRun silo)
    {
        using Cn2Client client = Cn2Client.Connect(silo.Grpc);
        await Samples.ApplyAsync(client, "web");
        return await client.Services.GetAsync(new GetServiceRequest { Namespace = "default", Name = "web" });
    }
}
