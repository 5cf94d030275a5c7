using System.Collections.Immutable;
using System.Diagnostics;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Cli.Waiting;
using Orleans.Cn2.Client;
using Orleans.Cn2.Lab;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Lab.Workers;
using Orleans.Cn2.Lab.Workloads;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.LabGlue;

/// <summary>A lab together with its control plane: the silo, a worker on each node, and its pods as VMIs.</summary>
internal sealed class LabSession : IDisposable
{
    /// <summary>Name of a lab unless another is given.</summary>
    public const string DefaultName = "cn2";

    private static readonly TimeSpan Programming = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(500);
    private readonly VmiRegistrar _registrar;

    private LabSession(Cn2Client client, LabCluster cluster, VmiRegistrar registrar) =>
        (Client, Cluster, _registrar) = (client, cluster, registrar);

    /// <summary>The lab's control plane.</summary>
    public Cn2Client Client { get; }

    /// <summary>Its nodes and pods.</summary>
    public LabCluster Cluster { get; }

    /// <summary>Directory of a lab by its name.</summary>
    public static string DirectoryOf(string name) => Path.Combine(LabOptions.DefaultStateRoot, name);

    /// <summary>Makes a lab: namespaces, silo, workers; returns when every worker is attached and in sync.</summary>
    public static async Task<LabSession> CreateAsync(LabOptions options, LabEngine engine, TextWriter steps, CancellationToken cancellation)
    {
        Cn2Client client = Cn2Client.Connect(LabSilo.ServerOf(DirectoryOf(options.Name), options.Silos));
        try
        {
            VmiRegistrar registrar = new(client, steps);
            // The managed engine is for kernels that may have no bpffs.
            options = options with { MountBpf = engine.Name == LabEngine.Default.Name };
            LabCluster cluster = await LabCluster.CreateAsync(options, registrar, cancellation).ConfigureAwait(false);
            LabSession session = new(client, cluster, registrar);
            steps.WriteLine(options.Silos == 1 ? "  silo" : $"  {options.Silos} silos on PostgreSQL");
            await LabSilo.StartAsync(cluster.Directory, options.Silos, $"{options.ServicesV4},{options.ServicesV6}", cancellation).ConfigureAwait(false);
            await session.StartNodesAsync(engine, steps, cancellation).ConfigureAwait(false);
            return session;
        }
        catch
        {
            client.Dispose();
            await DestroyAsync(options.Name, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens a lab that is up; null when there is none of this name.</summary>
    public static async Task<LabSession?> OpenAsync(string name, TextWriter steps, CancellationToken cancellation)
    {
        if (!LabCluster.List().Contains(name))
        {
            return null;
        }

        Cn2Client client = Cn2Client.Connect(LabSilo.ServerOf(DirectoryOf(name)));
        VmiRegistrar registrar = new(client, steps);
        return new LabSession(client, await LabCluster.OpenAsync(name, registrar, cancellation).ConfigureAwait(false), registrar);
    }

    /// <summary>Ends a lab with its silo; false when there was nothing.</summary>
    public static Task<bool> DestroyAsync(string name, CancellationToken cancellation) => LabCluster.DestroyAsync(name, cancellation);

    /// <summary>Runs workloads; pods that are too many are drained first.</summary>
    public async Task<LabChange> ApplyAsync(ManifestSet set, CancellationToken cancellation)
    {
        LabChange change = await Cluster.ApplyAsync(set, cancellation).ConfigureAwait(false);
        await EndAsync(change.Surplus, cancellation).ConfigureAwait(false);
        return change.Waiting == 0 ? change : await Cluster.ApplyAsync(set, cancellation).ConfigureAwait(false);
    }

    /// <summary>Changes the number of pods; surplus pods are drained before they end.</summary>
    public async Task<LabChange> ScaleAsync(WorkloadId workload, int replicas, CancellationToken cancellation)
    {
        LabChange change = await Cluster.ScaleAsync(workload, replicas, cancellation).ConfigureAwait(false);
        await EndAsync(change.Surplus, cancellation).ConfigureAwait(false);
        return change;
    }

    /// <summary>Waits until the vRouters hold every change of VMIs made so far.</summary>
    public Task SettleAsync(CancellationToken cancellation) => SettleAsync([], cancellation);

    /// <summary>Waits until the vRouters hold these changes and every change of VMIs made so far.</summary>
    public Task SettleAsync(IEnumerable<Fence> fences, CancellationToken cancellation) =>
        new ProgrammingWait(Client, Programming).ProgrammedAsync([.. fences, .. _registrar.TakeFences()], 100, cancellation);

    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();

    private async Task StartNodesAsync(LabEngine engine, TextWriter steps, CancellationToken cancellation)
    {
        string worker = Binaries.Find(Binaries.Worker);
        foreach (LabNode node in Cluster.Nodes)
        {
            Node registration = new() { Metadata = new ObjectMeta { Name = node.Name } };
            registration.Addresses.AddRange([node.V4.ToString(), node.V6.ToString()]);
            registration.PodCidrs.AddRange([node.PodsV4.ToString(), node.PodsV6.ToString()]);
            await Client.Nodes.RegisterAsync(new RegisterNodeRequest { Node = registration }, cancellationToken: cancellation);
            steps.WriteLine($"  worker of {node.Name}");
            ImmutableArray<string> arguments =
            [
                "--node", node.Name,
                "--silo", LabSilo.ServerOf(Cluster.Directory),
                "--engine", engine.Name,
                "--mode", engine.Mode,
                "--state", Path.Combine(Cluster.Directory, node.Name, "vrouter"),
                "--pin-root", node.BpfRoot,
                "--pod-interfaces", "cn2p*",
                "--uplinks", "eth*",
            ];
            await Cluster.Workers.StartAsync(node.Name, new WorkerCommand(worker, arguments, ImmutableSortedDictionary<string, string>.Empty), cancellation)
                .ConfigureAwait(false);
        }

        await AttachedAsync(cancellation).ConfigureAwait(false);
    }

    private async Task AttachedAsync(CancellationToken cancellation)
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            StatusResponse status = await Client.Diagnostics.StatusAsync(new StatusRequest(), cancellationToken: cancellation);
            if (status.NodesInSync == Cluster.Nodes.Length)
            {
                return;
            }

            WorkerStatus? dead = Cluster.Workers.Status().FirstOrDefault(worker => !worker.Running);
            if (dead is not null || Stopwatch.GetElapsedTime(began) > Programming)
            {
                string cause = dead is null ? $"not attached within {Programming.TotalSeconds} s" : "ended";
                string log = dead?.LogFile ?? Cluster.Directory;
                string last = dead is null ? "" : $": {File.ReadLines(log).LastOrDefault()}";
                throw new CommandException(ExitCodes.CannotRun, $"the worker of {dead?.Node ?? "a node"} {cause}{last} (log: {log})");
            }

            await Task.Delay(20, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Ends pods without breaking a flow: every vRouter has what came before (the pods that stand in for them), they are told as terminating, every vRouter stops choosing them, their flows end or the grace passes, they are
    /// told as no longer serving (a client's port that comes round again finds its former flow), and only then their processes end.
    /// </summary>
    private async Task EndAsync(ImmutableArray<LabPod> pods, CancellationToken cancellation)
    {
        if (pods.IsEmpty)
        {
            return;
        }

        // Make before break: pods that are to stand in for these take new flows before these cease to.
        await SettleAsync(cancellation).ConfigureAwait(false);
        await Cluster.BeginTerminationAsync(pods, cancellation).ConfigureAwait(false);
        await SettleAsync(cancellation).ConfigureAwait(false);
        await Task.WhenAll(pods.Select(pod => DrainAsync(pod, cancellation))).ConfigureAwait(false);

        await _registrar.StopServingAsync(pods, cancellation).ConfigureAwait(false);
        await SettleAsync(cancellation).ConfigureAwait(false);
        await Cluster.RemoveAsync(pods, Grace, cancellation).ConfigureAwait(false);
        await SettleAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Waits until no flow to the pod is left, or the grace passed.</summary>
    private async Task DrainAsync(LabPod pod, CancellationToken cancellation)
    {
        WaitVmiRequest drained = new()
        {
            Namespace = pod.Namespace,
            Name = pod.Name,
            Uid = pod.Uid,
            Condition = VmiGoal.Drained,
            TimeoutSeconds = Grace.TotalSeconds,
            SilentSeconds = Silence.TotalSeconds,
        };
        _ = await Client.Vmis.WaitAsync(drained, cancellationToken: cancellation);
    }
}
