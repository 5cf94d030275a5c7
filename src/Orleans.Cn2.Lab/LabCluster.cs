using System.Collections.Immutable;
using Orleans.Cn2.Lab.Namespaces;
using Orleans.Cn2.Lab.Pods;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Lab.Requirements;
using Orleans.Cn2.Lab.State;
using Orleans.Cn2.Lab.Topology;
using Orleans.Cn2.Lab.Workers;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab;

/// <summary>
/// Nodes and pods as network namespaces on this machine. The state lies in files, so that any process can open the
/// lab, change it and take it down; changes of several processes follow one another.
/// </summary>
public sealed partial class LabCluster
{
    /// <summary>
    /// A process started with this variable set to <see cref="Directory"/> belongs to the lab and ends with it: for those in none of its namespaces.
    /// </summary>
    public const string ProcessMark = "CN2_LAB";

    /// <summary>Directory of the PostgreSQL server of a lab, which ends with it.</summary>
    public static string DatabaseOf(string labDirectory) => Path.Combine(labDirectory, "postgres");

    private readonly LabPlan _plan;
    private readonly LabStore _store;
    private readonly PodStarter _pods;
    private readonly ILabObserver? _observer;
    private readonly Random _random;

    private LabCluster(LabPlan plan, LabStore store, ILabObserver? observer)
    {
        _plan = plan;
        _store = store;
        _observer = observer;
        _pods = new(plan);
        _random = plan.Options.Seed is { } seed ? new(seed) : new();
        Workers = new(plan, store);
    }

    /// <summary>Options the lab was made with.</summary>
    public LabOptions Options => _plan.Options;

    /// <summary>Its nodes, by number.</summary>
    public ImmutableArray<LabNode> Nodes => _plan.Nodes;

    /// <summary>The host of the outside network.</summary>
    public LabHost Outside => _plan.Outside;

    /// <summary>Directory of the lab: state, logs, bpffs mounts. A silo's socket may be put here.</summary>
    public string Directory => _plan.Directory;

    /// <summary>The workers of the nodes.</summary>
    public NodeWorkers Workers { get; }

    /// <summary>Makes the lab, first taking down what is left of an earlier one of this name.</summary>
    /// <exception cref="LabException">The machine lacks something, or a step failed; what was made is gone again.</exception>
    public static async Task<LabCluster> CreateAsync(LabOptions options, ILabObserver? observer, CancellationToken cancellationToken)
    {
        LabPlan plan = LabPlan.Of(options);
        if (LabRequirements.Missing(nginx: false) is { IsEmpty: false } missing)
        {
            throw new LabException(string.Join('\n', missing));
        }

        LabStore store = new(options.StateRoot, options.Name);
        using IDisposable held = await store.LockAsync(cancellationToken);
        if (await Teardown.RunAsync(store, options.Name, cancellationToken))
        {
            observer?.OnStep($"removed what was left of lab {options.Name}");
        }

        try
        {
            observer?.OnStep($"lab {options.Name}: {options.Nodes} nodes, an underlay, an outside network");
            System.IO.Directory.CreateDirectory(plan.Directory);
            store.Save(new() { Options = options });
            await BuildAsync(plan, cancellationToken);
        }
        catch
        {
            await Teardown.RunAsync(store, options.Name, CancellationToken.None);
            store.DeleteLock();
            throw;
        }

        return new(plan, store, observer);
    }

    /// <summary>Opens a lab that another process made.</summary>
    /// <exception cref="LabException">There is none of this name.</exception>
    public static async Task<LabCluster> OpenAsync(
        string name, ILabObserver? observer, CancellationToken cancellationToken, string stateRoot = LabOptions.DefaultStateRoot)
    {
        LabStore store = StoreOf(name, stateRoot);
        using IDisposable held = await store.LockAsync(cancellationToken);
        return new(LabPlan.Of(store.Load().Options), store, observer);
    }

    /// <summary>Removes the lab: processes, namespaces, mounts, files. Does what is left to do; false when there was nothing.</summary>
    public static async Task<bool> DestroyAsync(
        string name, CancellationToken cancellationToken, string stateRoot = LabOptions.DefaultStateRoot)
    {
        LabStore store = StoreOf(name, stateRoot);
        using IDisposable held = await store.LockAsync(cancellationToken);
        bool was = await Teardown.RunAsync(store, name, cancellationToken);
        store.DeleteLock();
        return was;
    }

    /// <summary>Names of the labs of this machine.</summary>
    public static ImmutableArray<string> List(string stateRoot = LabOptions.DefaultStateRoot) => System.IO.Directory.Exists(stateRoot)
        ? [.. System.IO.Directory.EnumerateDirectories(stateRoot)
            .Where(d => File.Exists(Path.Combine(d, "state.json"))).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>All pods, in the order they were made.</summary>
    public ImmutableArray<LabPod> Pods() => [.. _store.Load().Pods.Select(p => p.Pod)];

    /// <summary>All workloads.</summary>
    public ImmutableArray<WorkloadSpec> Workloads() => [.. _store.Load().Workloads.Select(w => w.Spec)];

    /// <summary>A command line that runs <paramref name="command"/> in a pod (<c>ns/name</c> or name), a node or <c>outside</c>.</summary>
    /// <exception cref="LabException">There is no such pod, node or host, or several pods of the name.</exception>
    public LabCommand Exec(string target, IReadOnlyList<string> command)
    {
        string? plain = target == "outside" ? Outside.NetworkNamespace : Nodes.FirstOrDefault(n => n.Name == target)?.NetworkNamespace;
        if (plain is not null)
        {
            return new("nsenter", [Launcher.Net(plain), "--", .. command]);
        }

        PodRecord[] found = [.. _store.Load().Pods.Where(p => target.Contains('/') ? p.Pod.Id.ToString() == target : p.Pod.Name == target)];
        if (found is not [var pod])
        {
            throw new LabException(found.Length == 0
                ? $"'{target}' is no pod, no node and not 'outside'"
                : $"'{target}' is ambiguous: {string.Join(", ", found.Select(p => p.Pod.Id))}");
        }

        int? inside = pod.Containers.Where(c => c.Process.IsRunning)
            .SelectMany(c => ProcessHandle.Children(c.Process.Pid)).Select(c => (int?)c).FirstOrDefault();
        return inside is null
            ? throw new LabException($"pod {pod.Pod.Id} has no running container")
            : new("nsenter", [$"--target={inside}", "--net", "--uts", "--mount", "--pid", "--root", "--wd=/", "--", .. command]);
    }

    private static LabStore StoreOf(string name, string stateRoot) => LabPlan.IsName(name)
        ? new(stateRoot, name) : throw new LabException($"'{name}' is no name of a lab");

    private static async Task BuildAsync(LabPlan plan, CancellationToken cancellationToken)
    {
        await IpCommand.RunAsync(null, TopologyScript.Links(plan), cancellationToken);
        foreach (string name in plan.Namespaces)
        {
            NamespaceSettings.Apply(name, router: name != plan.Outside.NetworkNamespace);
        }

        await Task.WhenAll(
        [
            IpCommand.RunAsync(plan.Fabric, TopologyScript.Fabric(plan), cancellationToken),
            IpCommand.RunAsync(plan.Outside.NetworkNamespace, TopologyScript.Outside(plan), cancellationToken),
            .. plan.Nodes.Select(node => IpCommand.RunAsync(node.NetworkNamespace, TopologyScript.Node(plan, node), cancellationToken)),
        ]);
        foreach (LabNode node in plan.Nodes.Where(_ => plan.Options.MountBpf))
        {
            System.IO.Directory.CreateDirectory(node.BpfRoot);
            LinuxNamespaces.MountBpf(node.BpfRoot);
        }
    }
}
