using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Lab.Pods;
using Orleans.Cn2.Lab.State;
using Orleans.Cn2.Lab.Topology;
using Orleans.Cn2.Lab.Traffic;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab.Tests;

public sealed class RuleTests
{
    private static readonly LabPlan Lab = LabPlan.Of(new() { Nodes = 3 });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nginx", true)]
    [InlineData("nginx:1.27-alpine", true)]
    [InlineData("docker.io/library/nginx@sha256:00", true)]
    [InlineData("localhost:5000/nginx", true)]
    [InlineData("nginx-unprivileged", false)]
    [InlineData("nginx/agent:1", false)]
    public void Image_IsNginx_ByItsLastPartAlone(string image, bool expected) =>
        Assert.Equal(expected, ContainerScript.IsNginx(image));

    [Fact]
    public void Plan_Deployment_SpreadsEvenlyAndNamesLikeKubernetes()
    {
        WorkloadRecord workload = Workload(WorkloadKind.Deployment, 7);

        PodPlan plan = PodPlanner.Plan(workload, [], Lab.Nodes, new Random(1));

        Assert.Equal([3, 2, 2], plan.Create.CountBy(d => d.Node).OrderBy(c => c.Key).Select(c => c.Value));
        Assert.All(plan.Create, d => Assert.Matches($"^web-{workload.TemplateHash}-[bcdfghjklmnpqrstvwxz2456789]{{5}}$", d.Name));
        Assert.All(plan.Create, d => Assert.Equal(workload.TemplateHash, d.Labels["pod-template-hash"]));
    }

    [Fact]
    public void Plan_ScaleDown_TakesUnreadyThenFullestNodeThenNewest()
    {
        WorkloadRecord workload = Workload(WorkloadKind.ReplicaSet, 1);
        ImmutableArray<PodRecord> pods = [Pod(workload, "a", "node1"), Pod(workload, "b", "node2"), Pod(workload, "c", "node2"), Pod(workload, "d", "node3", ready: false)];

        PodPlan plan = PodPlanner.Plan(workload, pods, Lab.Nodes, new Random(1));

        Assert.Equal(["d", "c", "b"], plan.Surplus.Select(p => p.Pod.Name));
    }

    [Fact]
    public void Plan_StatefulSet_FillsTheGapAndWaitsForTerminatingNames()
    {
        WorkloadRecord workload = Workload(WorkloadKind.StatefulSet, 3);
        PodRecord ending = Pod(workload, "web-1", "node1");
        ImmutableArray<PodRecord> pods = [Pod(workload, "web-2", "node1"), ending with { Pod = ending.Pod with { Terminating = true } }];

        PodPlan plan = PodPlanner.Plan(workload, pods, Lab.Nodes, new Random(1));

        Assert.Equal("web-0", Assert.Single(plan.Create).Name);
        Assert.Equal((0, 1), (plan.Surplus.Length, plan.Waiting));
    }

    [Fact]
    public void Plan_DaemonSet_HasOnePodPerNodeWithoutOne()
    {
        WorkloadRecord workload = Workload(WorkloadKind.DaemonSet, 0);

        PodPlan plan = PodPlanner.Plan(workload, [Pod(workload, "x", "node2")], Lab.Nodes, new Random(1));

        Assert.Equal(["node1", "node3"], plan.Create.Select(d => d.Node));
    }

    [Fact]
    public void Addresses_AreReusedOnlyAfterAllOthers_AndRunOut()
    {
        WorkloadRecord workload = Workload(WorkloadKind.ReplicaSet, 1);
        LabState state = new() { Options = Lab.Options };
        List<string> given = [];
        for (int i = 0; i < 253; i++)
        {
            (state, PodRecord pod) = PodAddresses.Place(state, Lab, workload, new($"p{i}", "node1", workload.Spec.Template.Labels));
            given.Add(pod.Pod.V4.ToString());
            state = i == 0 ? state with { Pods = [] } : state;
        }

        Assert.Equal(("10.244.1.2", "10.244.1.254", 253), (given[0], given[^1], given.Distinct().Count()));
        (state, PodRecord again) = PodAddresses.Place(state, Lab, workload, new("again", "node1", workload.Spec.Template.Labels));
        Assert.Equal(("10.244.1.2", "fd00:244:0:1::2"), (again.Pod.V4.ToString(), again.Pod.V6.ToString()));
        Assert.Throws<LabException>(() => PodAddresses.Place(state, Lab, workload, new("more", "node1", workload.Spec.Template.Labels)));
    }

    [Fact]
    public void Listening_OfProcLines_TakesStateListenOnly() => Assert.Equal([80, 443], ListeningPorts.Parse(
    [
        "  sl  local_address rem_address   st tx_queue", "   0: 00000000:0050 00000000:0000 0A 00000000",
        "   1: 0100007F:1F90 0100007F:9C40 01 00000000", "   2: 00000000000000000000000000000000:01BB 0:0000 0A 0",
    ]).Select(p => (int)p));

    [Fact]
    public void Ports_OfContainersOfOnePod_AreDividedWithoutOverlap()
    {
        NamedPort Tcp(ushort port) => new(null, port, TransportProtocol.Tcp);
        PodTemplate template = new()
        {
            Containers =
            [
                new() { Name = "web", Image = "nginx", Ports = [Tcp(80)] },
                new() { Name = "main", Image = "x", Ports = [new("http", 8080, TransportProtocol.Tcp)], Readiness = new(9000, "/", 1) },
                new() { Name = "side", Image = "x", Ports = [Tcp(8080), Tcp(9000), new("dns", 53, TransportProtocol.Udp)] },
            ],
        };
        ServiceTargets[] targets =
        [
            new("default", "s", ImmutableSortedDictionary<string, string>.Empty.Add("app", "x"), [Tcp(80), Tcp(8080), Tcp(7070), new(null, 7070, TransportProtocol.Udp)]),
            new("default", "other", ImmutableSortedDictionary<string, string>.Empty.Add("app", "y"), [Tcp(1)]),
        ];
        ImmutableSortedDictionary<string, string> labels = ImmutableSortedDictionary<string, string>.Empty.Add("app", "x");

        ImmutableDictionary<string, ImmutableArray<NamedPort>> ports = PodPorts.OfEchoes("default", labels, template, targets);

        Assert.Equal("tcp/8080\ntcp/7070\nudp/7070\n", ContainerScript.EchoPorts(ports["main"]));
        Assert.Equal("tcp/9000\nudp/53\n", ContainerScript.EchoPorts(ports["side"]));
        Assert.Equal(["main", "side"], ports.Keys.Order());
        Assert.Equal(6, PodPorts.All("default", labels, template, targets).Length);
    }

    [Theory]
    [InlineData(50, 2)]
    [InlineData(99, 4)]
    [InlineData(100, 4)]
    [InlineData(1, 1)]
    public void Percentile_ByNearestRank_OfFour(int percent, int expected) => Assert.Equal(
        expected, (int)Percentiles.Of([.. Enumerable.Range(1, 4).Select(i => TimeSpan.FromSeconds(i))], percent).TotalSeconds);

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nweb\n", "web", null)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nwe\r\n2;x=y\r\nb\n\r\n0\r\n\r\n", "web", null)]
    [InlineData("HTTP/1.0 200 OK\r\n\r\nweb\nmore", "web", null)]
    [InlineData("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", null, "status 503")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nweb", null, "answer ends early")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", null, "answer has a bad chunk size")]
    [InlineData("SSH-2.0-x\r\n", null, "answer is no HTTP")]
    [InlineData("", null, "answer ends early")]
    public async Task Http_AnswerOfEachForm_CountsAsBackendOrReason(string answer, string? backend, string? reason)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Task serve = Task.Run(async () =>
        {
            using Socket peer = await listener.AcceptAsync(Token);
            await peer.ReceiveAsync(new byte[4096], Token);
            await peer.SendAsync(Encoding.ASCII.GetBytes(answer), Token);
            peer.Shutdown(SocketShutdown.Send);
            await peer.ReceiveAsync(new byte[16], Token);
        }, Token);

        TrafficReport report = await Load.HttpAsync(new() { NetworkNamespace = null, Destination = (IPEndPoint)listener.LocalEndPoint! }, Token);

        await serve;
        Assert.Equal((backend, reason), (report.Backends.Keys.SingleOrDefault(), report.Failures.Keys.SingleOrDefault()));
    }

    private static WorkloadRecord Workload(WorkloadKind kind, int replicas)
    {
        PodTemplate template = new() { Containers = [new() { Name = "a", Image = "b" }] };
        return new(new() { Id = new(kind, "default", "web"), Replicas = replicas, Template = template }, PodNaming.Hash(template));
    }

    private static PodRecord Pod(WorkloadRecord workload, string name, string node, bool ready = true)
    {
        LabState state = new() { Options = Lab.Options };
        PodRecord pod = PodAddresses.Place(state, Lab, workload, new(name, node, workload.Spec.Template.Labels)).Pod;
        return pod with { Pod = pod.Pod with { Ready = ready } };
    }
}
