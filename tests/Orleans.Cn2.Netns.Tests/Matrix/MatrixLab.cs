using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using Grpc.Core;
using Orleans.Cn2.Cli.Check;
using Orleans.Cn2.Cli.LabGlue;
using Orleans.Cn2.Cli.Manifests;
using Orleans.Cn2.Cli.Waiting;
using Orleans.Cn2.Lab;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Lab.Namespaces;
using Orleans.Cn2.Lab.Workers;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Netns.Tests.Matrix;

/// <summary>
/// One lab for the matrix: two nodes, a back end on each (<c>srv-0</c>, <c>srv-1</c>) with a Service of its own and one for both, a Deployment that scales,
/// and clients in a pod, on each node, outside, and in a back end itself (hairpin).
/// </summary>
public abstract class MatrixLab : IAsyncLifetime
{
    private const string Workloads = """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: srv }
        spec:
          replicas: 2
          template:
            metadata: { labels: { app: srv } }
            spec: { containers: [{ name: echo, image: echo, ports: [{ containerPort: 8080 }, { containerPort: 8081, protocol: UDP }] }] }
        """;

    private const string Many = "many";
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly List<Fence> _fences = [];
    private readonly string _name;
    private readonly LabEngine _engine;
    private LabSession? _session;
    private int _version;

    private protected MatrixLab(string name, LabEngine engine) => (_name, _engine) = (name, engine);

    internal LabSession Session => _session ?? throw new InvalidOperationException("the lab is not up");

    internal LabCluster Cluster => Session.Cluster;

    /// <summary>Where clients are: what to call it, and its network namespace.</summary>
    public ImmutableArray<(string Label, string Namespace)> Places { get; private set; }

    /// <summary>Bits a second of datagrams that every receiver keeps up with, as iperf3 takes them.</summary>
    internal string DatagramRate => _engine.Name == "ebpf" ? "80M" : "15M";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        LabOptions options = new() { Name = _name, Seed = 11, EchoPath = Binaries.Find(Binaries.Echo) };
        _session = await LabSession.CreateAsync(options, _engine, TextWriter.Null, CancellationToken.None);
        await Session.ApplyAsync(ClientPods.With(ManifestSet.From(ManifestReader.Read($"{Workloads}\n---\n{ManyOf(_version)}", "matrix"))), CancellationToken.None);
        // By the control plane alone: the echo servers do not hear of these ports, so that other programs can have them.
        await ApplyAsync(
            Service("srv-0", "statefulset.kubernetes.io/pod-name: srv-0"),
            Service("srv-1", "statefulset.kubernetes.io/pod-name: srv-1"),
            Service("srv", "app: srv"),
            Service("many", "app: many"),
            Service("none", "app: none"));
        Places =
        [
            ("back end srv-0", Pod("srv-0").NetworkNamespace),
            ("pod on node1", Cluster.Pods().First(pod => pod.Workload.Name == ClientPods.Name && pod.Node == "node1").NetworkNamespace),
            .. Cluster.Nodes.Select(node => (node.Name, node.NetworkNamespace)),
            ("outside", Cluster.Outside.NetworkNamespace),
        ];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _session?.Dispose();
        await LabSession.DestroyAsync(_name, CancellationToken.None);
        GC.SuppressFinalize(this);
    }

    internal LabPod Pod(string name) => Cluster.Pods().Single(pod => pod.Name == name);

    /// <summary>The FloatingIP of a Service in a family, 4 or 6.</summary>
    internal async Task<IPAddress> FloatingIpAsync(string service, int family)
    {
        Service found = await Session.Client.Services.GetAsync(new GetServiceRequest { Namespace = "default", Name = service });
        return found.Status.FloatingIps.Select(fip => IPAddress.Parse(fip.Address))
            .Single(address => address.AddressFamily == (family == 4 ? System.Net.Sockets.AddressFamily.InterNetwork : System.Net.Sockets.AddressFamily.InterNetworkV6));
    }

    /// <summary>SIGKILL to a node's worker; returns when it is gone.</summary>
    internal async Task KillWorkerAsync(string node)
    {
        WorkerStatus worker = Cluster.Workers.Status().Single(each => each.Node == node);
        using Process process = Process.GetProcessById(worker.Pid);
        process.Kill();
        await Until.TrueAsync($"the worker of {node} is dead", Bound, () => Task.FromResult(!Cluster.Workers.Status().Single(each => each.Node == node).Running), () => "");
    }

    /// <summary>SIGTERM to a node's worker; returns when it is gone.</summary>
    internal async Task EndWorkerAsync(string node)
    {
        WorkerStatus worker = Cluster.Workers.Status().Single(each => each.Node == node);
        (int status, _, IReadOnlyCollection<string> errors) = await ProgramRun.RunAsync("kill", ["-TERM", worker.Pid.ToString(CultureInfo.InvariantCulture)]);
        Assert.True(status == 0, string.Join('\n', errors));
        await Until.TrueAsync($"the worker of {node} has ended", Bound, () => Task.FromResult(!Cluster.Workers.Status().Single(each => each.Node == node).Running), () => "");
    }

    internal async Task RestartWorkerAsync(string node)
    {
        await Cluster.Workers.RestartAsync(node, TimeSpan.Zero, CancellationToken.None);
        await InSyncAsync();
    }

    /// <summary>SIGKILL to the silo; returns when it is gone.</summary>
    internal async Task KillSiloAsync()
    {
        using Process process = Process.GetProcessById(SiloPid());
        process.Kill();
        await process.WaitForExitAsync();
    }

    internal async Task RestartSiloAsync()
    {
        await LabSilo.StartAsync(Cluster.Directory, silos: 1, $"{Cluster.Options.ServicesV4},{Cluster.Options.ServicesV6}", CancellationToken.None);
        await InSyncAsync();
    }

    /// <summary>Changes the template of the Deployment that scales, so that each of its pods is replaced; returns when the old ones have ended.</summary>
    internal async Task RollAsync()
    {
        LabPod[] former = [.. Cluster.Pods().Where(pod => pod.Workload.Name == Many)];
        await Session.ApplyAsync(ManifestSet.From(ManifestReader.Read(ManyOf(++_version), "matrix")), CancellationToken.None);
        await Session.SettleAsync(CancellationToken.None);
        LabPod[] now = [.. Cluster.Pods().Where(pod => pod.Workload.Name == Many)];
        Assert.Equal(former.Length, now.Length);
        Assert.Empty(now.Select(pod => pod.Uid).Intersect(former.Select(pod => pod.Uid)));
    }

    /// <summary>Begins to drain a node; returns when every node has that.</summary>
    internal async Task DrainAsync(string node) => await Session.SettleAsync(
        [(await Session.Client.Nodes.DrainAsync(new DrainNodeRequest { Name = node })).Fence], CancellationToken.None);

    /// <summary>Ends draining; returns when every node has that.</summary>
    internal async Task UndrainAsync(string node) => await Session.SettleAsync(
        [(await Session.Client.Nodes.UndrainAsync(new DrainNodeRequest { Name = node })).Fence], CancellationToken.None);

    /// <summary>Waits until no node has flows to the pods that a workload has on this one.</summary>
    internal Task DrainedAsync(string node, string workload) => new ProgrammingWait(Session.Client, Bound).VmisAsync(
        [.. Cluster.Pods().Where(pod => pod.Workload.Name == workload && pod.Node == node).Select(pod => new ObjectMeta { Namespace = pod.Namespace, Name = pod.Name, Uid = pod.Uid })],
        new VmiGoal(VmiGoal.Drained),
        CancellationToken.None);

    /// <summary>Nodes of the pods to which new flows of a Service go from the first node.</summary>
    internal async Task<IEnumerable<string>> NodesInUseAsync(string service)
    {
        TablesResponse tables = await Session.Client.Diagnostics.TablesAsync(new TablesRequest { Node = "node1" });
        HashSet<string> active = [.. tables.Services.Single(table => table.Name == service).Frontends.SelectMany(frontend => frontend.Paths)
            .Where(path => path.State == PathState.Active).Select(path => new IPAddress(path.Address.Span).ToString())];
        return Cluster.Pods().Where(pod => active.Contains(pod.V4.ToString()) || active.Contains(pod.V6.ToString())).Select(pod => pod.Node).Distinct().Order(StringComparer.Ordinal);
    }

    /// <summary>All namespaces in which packets of the lab may arrive.</summary>
    internal IEnumerable<string> Namespaces() =>
        Cluster.Nodes.Select(node => node.NetworkNamespace).Append(Cluster.Outside.NetworkNamespace).Concat(Cluster.Pods().Select(pod => pod.NetworkNamespace)).Distinct();

    /// <summary>The links of a namespace whose offloads can be set: no loopback, and not the TAP of the slow path, which can't switch them on again.</summary>
    internal static string[] LinksOf(string name)
    {
        using NetworkNamespace ns = NetworkNamespace.Open(name);
        // A fresh namespace may hold tunnel devices of loaded modules, which are down.
        return ns.Run(() => NetworkInterface.GetAllNetworkInterfaces()
            .Where(each => each.Name != "lo" && !each.Name.StartsWith("cn2t", StringComparison.Ordinal) && each.OperationalStatus != OperationalStatus.Down).Select(each => each.Name).ToArray());
    }

    /// <summary>Applies Services by the control plane alone; returns when every node has them.</summary>
    internal async Task ApplyAsync(params string[] services)
    {
        Applier applier = new(Session.Client, TextWriter.Null);
        ManifestSet set = ManifestSet.From(ManifestReader.Read(string.Join("\n---\n", services), "matrix"));
        Assert.True(await applier.ApplyAsync(set.HandedOver, atomic: false, dryRun: false, CancellationToken.None), string.Join('\n', applier.Failures));
        _fences.AddRange(applier.Fences);
        await Session.SettleAsync(_fences, CancellationToken.None);
    }

    private Task InSyncAsync() => Until.TrueAsync(
        "every worker is in sync",
        Bound,
        async () =>
        {
            try
            {
                return (await Session.Client.Diagnostics.StatusAsync(new StatusRequest())).NodesInSync == Cluster.Nodes.Length;
            }
            catch (RpcException starting) when (starting.StatusCode == StatusCode.Unavailable)
            {
                // The channel has not found the new silo yet.
                return false;
            }
        },
        () => string.Join('\n', Cluster.Workers.Status().SelectMany(worker => File.ReadLines(worker.LogFile).TakeLast(5))));

    private int SiloPid()
    {
        string data = Path.Combine(Cluster.Directory, "data");
        return Process.GetProcessesByName("cn2-silo")
            .Single(process => File.ReadAllText($"/proc/{process.Id}/cmdline").Split('\0').Contains(data)).Id;
    }

    private static string ManyOf(int version) => $$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: {{Many}} }
        spec:
          replicas: 3
          template:
            metadata: { labels: { app: {{Many}}, version: v{{version}} } }
            spec: { containers: [{ name: echo, image: echo, ports: [{ containerPort: 8080 }, { containerPort: 8081, protocol: UDP }] }] }
        """;

    internal static string Service(string name, string selector) => $$"""
        apiVersion: v1
        kind: Service
        metadata: { name: {{name}} }
        spec:
          ipFamilyPolicy: PreferDualStack
          selector: { {{selector}} }
          ports:
            - { name: echo, port: 80, targetPort: 8080 }
            - { name: echo-udp, port: 80, protocol: UDP, targetPort: 8081 }
            - { name: bulk, port: 9900, targetPort: 9900 }
            - { name: bulk-udp, port: 9900, protocol: UDP, targetPort: 9900 }
            - { name: iperf, port: 5201 }
            - { name: iperf-udp, port: 5201, protocol: UDP }
            - { name: dns, port: 53, protocol: UDP, targetPort: 5300 }
            - { name: dns-tcp, port: 53, targetPort: 5300 }
        """;
}
