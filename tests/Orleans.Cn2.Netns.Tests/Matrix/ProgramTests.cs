using System.Net;
using System.Text.Json;
using Orleans.Cn2.Lab;
using Orleans.Cn2.Netns.Tests.Traffic;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Netns.Tests.Matrix;

/// <summary>Programs that people run, through FloatingIPs.</summary>
public abstract class ProgramTests(MatrixLab lab)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(4, "srv-0")]
    [InlineData(6, "srv-0")]
    [InlineData(4, "srv-1")]
    [InlineData(6, "srv-1")]
    public async Task Iperf3_BothWaysAndUdp_MovesData(int family, string service)
    {
        IPAddress address = await lab.FloatingIpAsync(service, family);
        await using ProgramRun server = In(lab.Pod(service).NetworkNamespace, "iperf3", "-s", "--forceflush");
        int tests = 0;

        foreach ((string place, string[] arguments) in ((string, string[])[])[("outside", ["-n", "16M"]), ("pod on node1", ["-n", "16M", "-R"]), ("node2", ["-n", "2M", "-u", "-b", lab.DatagramRate, "-l", "1200"])])
        {
            string from = lab.Places.Single(each => each.Label == place).Namespace;
            // A client that comes before the server has done with the former one is refused.
            await server.SaysAsync($"Server listening on 5201 (test #{++tests})", Bound);
            (int status, string output) = await RunAsync(from, ["iperf3", "-c", address.ToString(), "-J", .. arguments]);
            Assert.True(status == 0, $"from {place}: {output}");
            using JsonDocument report = JsonDocument.Parse(output);
            JsonElement end = report.RootElement.GetProperty("end");
            JsonElement sum = end.TryGetProperty("sum_received", out JsonElement received) ? received : end.GetProperty("sum");
            Assert.True(sum.GetProperty("bytes").GetInt64() > 1_000_000, $"from {place}: {output}");
        }
    }

    [Fact]
    public async Task Dnsmasq_OnEveryBackEnd_AnswersByUdpAndTcpFromEverywhere()
    {
        LabPod[] pods = [lab.Pod("srv-0"), lab.Pod("srv-1")];
        List<ProgramRun> servers = [];
        try
        {
            foreach (LabPod pod in pods)
            {
                servers.Add(In(
                    pod.NetworkNamespace, "dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file", "--user=root",
                    "--port=5300", "--bind-interfaces", $"--listen-address={pod.V4},{pod.V6}", "--address=/shop.example/192.0.2.77"));
            }

            await Task.WhenAll(servers.Select(server => server.SaysAsync("started", Bound)));
            foreach (int family in (int[])[4, 6])
            {
                IPAddress address = await lab.FloatingIpAsync("srv", family);
                foreach ((string label, string from) in lab.Places)
                {
                    for (int i = 0; i < 10; i++)
                    {
                        Assert.Equal((label, "192.0.2.77"), (label, (await DnsClient.UdpAsync(from, address, "shop.example"))?.ToString()));
                        Assert.Equal((label, "192.0.2.77"), (label, (await DnsClient.TcpAsync(from, address, "shop.example"))?.ToString()));
                    }
                }
            }
        }
        finally
        {
            foreach (ProgramRun server in servers)
            {
                await server.DisposeAsync();
            }
        }
    }

    private static ProgramRun In(string networkNamespace, params string[] command) => ProgramRun.Start("nsenter", [$"--net=/run/netns/{networkNamespace}", "--", .. command]);

    private static async Task<(int Status, string Output)> RunAsync(string networkNamespace, string[] command)
    {
        await using ProgramRun run = In(networkNamespace, command);
        return (await run.ExitAsync(Bound), run.Output);
    }
}
