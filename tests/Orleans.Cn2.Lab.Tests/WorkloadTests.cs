using System.Net;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Lab.Traffic;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab.Tests;

public sealed class WorkloadTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nginx_FromExample_AnswersPodNameFromEverywhere()
    {
        await using LabRun lab = await LabRun.UpAsync("labnginx");

        LabChange change = await lab.Cluster.ApplyAsync(ManifestSet.FromFiles(LabRun.Example("nginx-dual-stack.yaml")), Token);

        Assert.All(change.Created, pod => Assert.True(pod.Ready, pod.NotReadyReason));
        Assert.Equal([2, 2], change.Created.CountBy(p => p.Node).Select(c => c.Value));
        string[] sources = [change.Created[0].NetworkNamespace, lab.Cluster.Nodes[0].NetworkNamespace, lab.Cluster.Outside.NetworkNamespace];
        foreach (LabPod pod in change.Created)
        {
            foreach (string source in sources)
            {
                foreach (IpAddress address in new[] { pod.V4, pod.V6 })
                {
                    await AssertAnswersAsync(Load.HttpAsync, source, address, 80, pod.Name);
                }
            }
        }
    }

    [Fact]
    public async Task Harbour_AllKinds_EveryPortAnswersInBothFamilies()
    {
        await using LabRun lab = await LabRun.UpAsync("labharb");

        LabChange change = await lab.Cluster.ApplyAsync(ManifestSet.FromFiles(LabRun.Example("harbour.yaml")), Token);

        Assert.Equal(14, change.Created.Length);
        Assert.Equal(14, lab.Cluster.Pods().Select(p => p.V4).Distinct().Count());
        foreach (LabPod pod in change.Created)
        {
            Assert.True(pod.Ready, $"{pod.Id}: {pod.NotReadyReason}");
            foreach (NamedPort port in pod.Ports)
            {
                foreach (IpAddress address in new[] { pod.V4, pod.V6 })
                {
                    await AssertAnswersAsync(port.Protocol == TransportProtocol.Udp ? Load.UdpAsync : Load.HttpAsync,
                        lab.Cluster.Outside.NetworkNamespace, address, port.Port, pod.Name);
                }
            }
        }
    }

    [Fact]
    public async Task Scale_UpAndDown_CreatesAndHandsOutSurplusInOrder()
    {
        await using LabRun lab = await LabRun.UpAsync("labscale");
        LabCluster cluster = lab.Cluster;
        await cluster.ApplyAsync(ManifestSet.FromFiles(LabRun.Example("harbour.yaml")), Token);
        WorkloadId ledger = new(WorkloadKind.StatefulSet, "default", "ledger");

        LabChange up = await cluster.ScaleAsync(ledger, 4, Token);
        LabChange down = await cluster.ScaleAsync(ledger, 1, Token);

        Assert.Equal(["ledger-2", "ledger-3"], up.Created.Select(p => p.Name));
        Assert.Equal(["ledger-3", "ledger-2", "ledger-1"], down.Surplus.Select(p => p.Name));
        await cluster.BeginTerminationAsync(down.Surplus, Token);
        Assert.Equal(3, cluster.Pods().Count(p => p.Terminating));
        await AssertAnswersAsync(Load.HttpAsync, cluster.Outside.NetworkNamespace, down.Surplus[0].V4, 5432, "ledger-3");

        await cluster.RemoveAsync(down.Surplus, TimeSpan.FromSeconds(2), Token);

        Assert.Equal(["ledger-0"], cluster.Pods().Where(p => p.Workload == ledger).Select(p => p.Name));
        Assert.All(down.Surplus, p => Assert.False(File.Exists("/run/netns/" + p.NetworkNamespace)));
        TrafficReport gone = await Load.HttpAsync(new()
        {
            NetworkNamespace = cluster.Outside.NetworkNamespace,
            Destination = new IPEndPoint(down.Surplus[0].V4.ToIPAddress(), 5432),
        }, Token);
        Assert.Equal("connect: HostUnreachable", Assert.Single(gone.Failures).Key);
    }

    private static async Task AssertAnswersAsync(
        Func<TrafficPlan, CancellationToken, Task<TrafficReport>> send, string from, IpAddress address, int port, string expected)
    {
        TrafficReport report = await send(new()
        {
            NetworkNamespace = from,
            Destination = new IPEndPoint(address.ToIPAddress(), port),
            Requests = 3,
            Timeout = TimeSpan.FromSeconds(20),
        }, Token);
        Assert.True(report.Failed == 0, $"from {from} to {address} port {port}: {string.Join(", ", report.Failures)}");
        Assert.Equal(expected, Assert.Single(report.Backends).Key);
    }
}
