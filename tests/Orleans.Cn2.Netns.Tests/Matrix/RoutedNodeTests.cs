using System.Net;
using System.Net.NetworkInformation;
using Orleans.Cn2.Lab;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Lab.Namespaces;
using Orleans.Cn2.Lab.Workloads;
using Orleans.Cn2.Netns.Tests.Traffic;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Netns.Tests.Matrix;

/// <summary>What the managed engine does to a node, and what is left of it.</summary>
[Collection(ManagedLab.Name)]
public sealed class RoutedNodeTests(ManagedLab lab)
{
    private const string Node = "node1";
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private const string HostNetwork = """
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: host }
        spec:
          template:
            metadata: { labels: { app: host } }
            spec:
              hostNetwork: true
              containers: [{ name: echo, image: echo, ports: [{ containerPort: 8090 }] }]
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Worker_Ended_LeavesNothingOnTheNode()
    {
        Assert.NotEmpty(await OursAsync());

        await lab.EndWorkerAsync(Node);

        Assert.Empty(await OursAsync());
        foreach (string family in (string[])["-4", "-6"])
        {
            Assert.StartsWith("0:\tfrom all lookup local", await IpAsync(family, "rule"), StringComparison.Ordinal);
        }

        await lab.RestartWorkerAsync(Node);
        await EverybodyIsAnsweredAsync("srv");
    }

    [Fact]
    public async Task Worker_Killed_NodeRoutesOnAndTheNextPutsAllRight()
    {
        string[] before = await OursAsync();

        await lab.KillWorkerAsync(Node);

        // The rules are there and lead nowhere: pods reach each other and the node.
        await Until.TrueAsync(
            "the interfaces are gone", Bound, async () => !(await OursAsync()).Any(line => line.Contains("dev cn2m", StringComparison.Ordinal)), () => "");
        Assert.NotEmpty(await OursAsync());
        string pod = lab.Places.Single(place => place.Label == "pod on node1").Namespace;
        foreach (IPAddress address in (IPAddress[])[lab.Pod("srv-1").V4.ToIPAddress(), lab.Pod("srv-1").V6.ToIPAddress(), lab.Cluster.Nodes[0].V4.ToIPAddress()])
        {
            await PingAsync(pod, address);
        }

        await lab.RestartWorkerAsync(Node);
        await EverybodyIsAnsweredAsync("srv");
        Assert.Equal(before, await OursAsync());
    }

    [Fact]
    public async Task Interfaces_RemovedByOthers_ComeBack()
    {
        string[] before = await OursAsync();

        await IpAsync("link", "del", "cn2m0");
        await IpAsync("-6", "rule", "del", "pref", "100");

        await Until.TrueAsync("all is there again", Bound, async () => string.Join('\n', await OursAsync()) == string.Join('\n', before), () => "");
        await EverybodyIsAnsweredAsync("srv");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public async Task Datagrams_InPieces_ArriveWholeFromEverywhere(int family)
    {
        foreach (string service in (string[])["srv-0", "srv-1"])
        {
            LabPod back = lab.Pod(service);
            await using BulkServer server = BulkServer.Start(back.NetworkNamespace, back.V4.ToIPAddress(), back.V6.ToIPAddress());
            IPAddress address = await lab.FloatingIpAsync(service, family);
            foreach ((_, string from) in lab.Places)
            {
                await BulkClient.UdpAsync(from, address, count: 12, longest: 9000);
            }
        }
    }

    [Fact]
    public async Task HostNetworkBackEnd_OnEachNode_AnswersEverybody()
    {
        WorkloadId workload = new(WorkloadKind.DaemonSet, "default", "host");
        await lab.Session.ApplyAsync(ManifestSet.From(ManifestReader.Read(HostNetwork, "matrix")), Token);
        await lab.ApplyAsync(MatrixLab.Service("host", "app: host").Replace("targetPort: 8080", "targetPort: 8090", StringComparison.Ordinal));

        HashSet<string> pods = await EverybodyIsAnsweredAsync("host");

        Assert.Equal(lab.Cluster.Pods().Count(pod => pod.Workload == workload), pods.Count);
    }

    /// <summary>From each place, some connections in each family; answers the pods that took them.</summary>
    private async Task<HashSet<string>> EverybodyIsAnsweredAsync(string service)
    {
        HashSet<string> pods = [];
        foreach (int family in (int[])[4, 6])
        {
            IPEndPoint server = new(await lab.FloatingIpAsync(service, family), 80);
            foreach ((string label, string from) in lab.Places)
            {
                for (int i = 0; i < 6; i++)
                {
                    await using LineSession session = await LineSession.OpenAsync($"{label} to {server}", from, server);
                    pods.Add(await session.PodAsync());
                    await session.EndAsync();
                }
            }
        }

        return pods;
    }

    /// <summary>Rules, routes and interfaces of ours, as ip tells them.</summary>
    private async Task<string[]> OursAsync()
    {
        List<string> lines = [];
        foreach (string family in (string[])["-4", "-6"])
        {
            lines.AddRange((await IpAsync(family, "rule")).Split('\n').Where(line => line.Contains("proto 194", StringComparison.Ordinal)));
            lines.AddRange((await IpAsync(family, "route", "show", "table", "all")).Split('\n').Where(line => line.Contains("cn2m", StringComparison.Ordinal)));
        }

        return [.. lines.Select(line => line.Trim()).Order(StringComparer.Ordinal)];
    }

    private async Task<string> IpAsync(params string[] arguments)
    {
        string name = lab.Cluster.Nodes.Single(node => node.Name == Node).NetworkNamespace;
        (int status, string output, IReadOnlyCollection<string> errors) = await ProgramRun.RunAsync("nsenter", [$"--net=/run/netns/{name}", "--", "ip", .. arguments]);
        Assert.True(status == 0, $"ip {string.Join(' ', arguments)}: {string.Join('\n', errors)}");
        return output;
    }

    private static async Task PingAsync(string from, IPAddress address)
    {
        using NetworkNamespace ns = NetworkNamespace.Open(from);
        PingReply reply = await Task.Run(() => ns.Run(() =>
        {
            using Ping ping = new();
            return ping.Send(address, 2000);
        }), Token);
        Assert.True(reply.Status == IPStatus.Success, $"{address}: {reply.Status}");
    }
}
