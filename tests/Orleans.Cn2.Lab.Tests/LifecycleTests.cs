using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Lab.Namespaces;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Lab.Requirements;
using Orleans.Cn2.Lab.Traffic;
using Orleans.Cn2.Lab.Workers;
using Orleans.Cn2.Testing.Netns;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Lab.Tests;

public sealed class LifecycleTests
{
    private const string Host = "apiVersion: v1\nkind: Pod\nmetadata: {name: host}\nspec: {hostNetwork: true, nodeName: node2, containers: [{name: a, image: b, ports: [{containerPort: 8080}, {containerPort: 8081, protocol: UDP}]}]}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Apply_ConfigMapMissing_FailsAndLeavesNoPod()
    {
        await using LabRun lab = await LabRun.UpAsync("labnomap");
        ManifestSet set = ManifestSet.FromFiles(LabRun.Example("nginx-dual-stack.yaml")) with { ConfigMaps = [] };

        LabException e = await Assert.ThrowsAsync<LabException>(() => lab.Cluster.ApplyAsync(set, Token));

        Assert.Contains("configmap \"nginx-xconf\" not found", e.Message, StringComparison.Ordinal);
        Assert.Empty(lab.Cluster.Pods());
        Assert.Empty(Residue.Of("labnomap-default").Namespaces);
        Assert.Empty(Residue.Of("lab-tests/labnomap").Processes);
    }

    [Fact]
    public async Task Apply_ChangedTemplate_ReplacesPodsAndSparesUnchanged()
    {
        await using LabRun lab = await LabRun.UpAsync("labroll");
        ManifestSet set = ManifestSet.FromFiles(LabRun.Example("nginx-dual-stack.yaml"));
        LabChange first = await lab.Cluster.ApplyAsync(set, Token);

        LabChange same = await lab.Cluster.ApplyAsync(set, Token);
        LabChange changed = await lab.Cluster.ApplyAsync(set with
        {
            Workloads = [set.Workloads[0] with { Template = set.Workloads[0].Template with { NodeName = "node1" } }],
        }, Token);

        Assert.Empty(same.Created);
        Assert.Empty(same.Surplus);
        Assert.Equal(4, changed.Created.Count(p => p.Node == "node1"));
        Assert.Equal(first.Created.Select(p => p.Uid).Order(), changed.Surplus.Select(p => p.Uid).Order());
    }

    [Fact]
    public async Task HostNetworkPod_OnItsNode_AnswersAtTheNodesAddress()
    {
        await using LabRun lab = await LabRun.UpAsync("labhost");

        LabPod pod = Assert.Single((await lab.Cluster.ApplyAsync(ManifestSet.From(ManifestReader.Read(Host, "f")), Token)).Created);

        Assert.Equal(lab.Cluster.Nodes[1].V4, pod.V4);
        TrafficPlan plan = new() { NetworkNamespace = lab.Cluster.Outside.NetworkNamespace, Destination = new(pod.V6.ToIPAddress(), 8080), Requests = 5 };
        Assert.Equal(5, (await Load.HttpAsync(plan, Token)).Backends["host"]);
        Assert.Equal(5, (await Load.UdpAsync(plan with { Destination = new(pod.V4.ToIPAddress(), 8081) }, Token)).Backends["host"]);
    }

    [Fact]
    public async Task Echo_LinesAndKeptHttp_SayWhoWhereAndWhom()
    {
        await using LabRun lab = await LabRun.UpAsync("labecho");
        LabPod pod = Assert.Single((await lab.Cluster.ApplyAsync(ManifestSet.From(ManifestReader.Read(Host, "f")), Token)).Created);
        using NetworkNamespace outside = NetworkNamespace.Open(lab.Cluster.Outside.NetworkNamespace);
        using Socket socket = outside.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(pod.V4.ToIPAddress(), 8080), Token);
        using StreamReader reader = new(new NetworkStream(socket));

        await socket.SendAsync(Encoding.ASCII.GetBytes("ahoy\n"), Token);
        string? line = await reader.ReadLineAsync(Token);

        Assert.Equal($"pod=host proto=tcp local={pod.V4}:8080 peer={socket.LocalEndPoint} echo=ahoy", line);
        TrafficReport kept = await Load.HttpAsync(new()
        {
            NetworkNamespace = outside.Name,
            Destination = new(pod.V4.ToIPAddress(), 8080),
            Requests = 50,
            KeepAlive = true,
        }, Token);
        Assert.Equal((50, 0), (kept.Succeeded, kept.Failed));
    }

    [Fact]
    public async Task Echo_PortsThatServicesAskFor_AreServedBeforeAndAfterThePodStarted()
    {
        await using LabRun lab = await LabRun.UpAsync("labports", nodes: 1);
        const string Silent = "apiVersion: v1\nkind: Pod\nmetadata: {name: silent, labels: {app: s}}\nspec: {containers: [{name: a, image: b}]}";
        LabPod pod = Assert.Single((await lab.Cluster.ApplyAsync(Set(Silent, Asking("one", "{port: 80, targetPort: 8080}")), Token)).Created);
        await AnswersAsync(8080, udp: false);

        LabChange later = await lab.Cluster.ApplyAsync(Set(Asking("two", "{name: t, port: 7070}, {name: u, port: 53, targetPort: 5353, protocol: UDP}")), Token);

        Assert.Empty(later.Created);
        Assert.True(Assert.Single(lab.Cluster.Pods()).Ready);
        await AnswersAsync(8080, udp: false);
        await AnswersAsync(7070, udp: false);
        await AnswersAsync(5353, udp: true);

        ManifestSet Set(params string[] documents) => ManifestSet.From(ManifestReader.Read(string.Join("\n---\n", documents), "f"));

        string Asking(string name, string ports) => $"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: s}}, ports: [{ports}]}}";

        async Task AnswersAsync(ushort port, bool udp)
        {
            foreach (IPAddress address in (IPAddress[])[pod.V4.ToIPAddress(), pod.V6.ToIPAddress()])
            {
                TrafficPlan plan = new() { NetworkNamespace = lab.Cluster.Nodes[0].NetworkNamespace, Destination = new(address, port), Requests = 3 };
                TrafficReport report = udp ? await Load.UdpAsync(plan, Token) : await Load.HttpAsync(plan, Token);
                Assert.Equal((3, 3), (report.Succeeded, report.Backends["silent"]));
            }
        }
    }

    [Fact]
    public async Task Exec_InPodNodeAndOutside_RunsThere()
    {
        await using LabRun lab = await LabRun.UpAsync("labexec");
        LabChange change = await lab.Cluster.ApplyAsync(ManifestSet.FromFiles(LabRun.Example("nginx-dual-stack.yaml")), Token);
        LabCluster other = await LabCluster.OpenAsync("labexec", null, Token, lab.Cluster.Options.StateRoot);

        Assert.Equal(change.Created[0].Name, await OutputAsync(other.Exec(change.Created[0].Name, ["hostname"])));
        Assert.Contains("listen [::]:80", await OutputAsync(other.Exec(change.Created[0].Id.ToString(), ["cat", "/etc/nginx/conf.d/nginx-x.conf"])), StringComparison.Ordinal);
        Assert.Contains("172.18.0.2/24", await OutputAsync(other.Exec("node1", ["ip", "-4", "addr"])), StringComparison.Ordinal);
        Assert.Contains("192.0.2.10/24", await OutputAsync(other.Exec("outside", ["ip", "-4", "addr"])), StringComparison.Ordinal);
        Assert.Throws<LabException>(() => other.Exec("nobody", ["true"]));
    }

    [Fact]
    public async Task Worker_StartedKilledRestarted_IsTrackedAndEndsWithTheLab()
    {
        await using LabRun lab = await LabRun.UpAsync("labwork");
        NodeWorkers workers = lab.Cluster.Workers;
        WorkerCommand command = new("/bin/sleep", ["1000"], ImmutableSortedDictionary<string, string>.Empty);

        WorkerStatus first = await workers.StartAsync("node1", command, Token);
        await Assert.ThrowsAsync<LabException>(() => workers.StartAsync("node1", command, Token));
        WorkerStatus second = await workers.RestartAsync("node1", TimeSpan.FromSeconds(2), Token);

        Assert.True(first.Running && second.Running && first.Pid != second.Pid);
        Assert.True(await workers.KillAsync("node1", Token));
        Assert.Empty(workers.Status());
        WorkerStatus third = await workers.StartAsync("node2", command, Token);
        await lab.DisposeAsync();
        Assert.Null(ProcessHandle.Of(third.Pid) is { IsRunning: true } left ? left : null);
    }

    [Fact]
    public async Task Load_UntilStopped_LosesNothingWhilePodsScale()
    {
        await using LabRun lab = await LabRun.UpAsync("labload");
        LabPod pod = Assert.Single((await lab.Cluster.ApplyAsync(ManifestSet.From(ManifestReader.Read(Host, "f")), Token)).Created);
        await using RunningLoad load = Load.StartHttp(new() { NetworkNamespace = lab.Cluster.Nodes[0].NetworkNamespace, Destination = new(pod.V4.ToIPAddress(), 8080) });
        await lab.Cluster.ApplyAsync(ManifestSet.FromFiles(LabRun.Example("nginx-dual-stack.yaml")), Token);
        await Until.TrueAsync(
            "more than 10 requests are answered", TimeSpan.FromSeconds(10), () => Task.FromResult(load.Snapshot().Succeeded > 10), () => load.Snapshot().ToString());

        TrafficReport report = await load.StopAsync();

        Assert.Equal(0, report.Failed);
        Assert.True(report.Succeeded > 10 && report.P50 > TimeSpan.Zero && report.P99 >= report.P50 && report.Max >= report.P99);
    }

    [Theory]
    [InlineData(false, true, true, "the lab needs Linux")]
    [InlineData(true, false, true, "the lab needs root")]
    [InlineData(true, true, false, "apt-get install nginx-light")]
    [InlineData(true, true, true, null)]
    public void Requirements_MissingOne_SaysWhichAndHow(bool linux, bool root, bool nginx, string? expected)
    {
        ImmutableArray<string> missing = LabRequirements.Missing(true, linux, "Plan 9", root, program => program != "nginx" || nginx);

        Assert.Equal(expected is null ? 0 : 1, missing.Length);
        Assert.All(missing, m => Assert.Contains(expected!, m, StringComparison.Ordinal));
    }

    [Fact]
    public void NetworkNamespace_ThatIsNone_FailsWithCallAndReason()
    {
        NativeException e = Assert.Throws<NativeException>(() => NetworkNamespace.Open("no-such-lab"));

        Assert.Equal("open(/run/netns/no-such-lab): No such file or directory (errno 2)", e.Message);
    }

    private static async Task<string> OutputAsync(LabCommand command)
    {
        using Process process = Process.Start(new ProcessStartInfo(command.FileName, command.Arguments) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return output.Trim();
    }
}
