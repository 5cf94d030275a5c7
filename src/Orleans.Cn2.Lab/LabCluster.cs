using System.Collections.Immutable;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Lab.Workers;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab;

/// <summary>
/// Nodes and pods as network namespaces on this machine. The state lies in files, so that any process can open the
/// lab, change it and take it down; changes of several processes follow one another.
/// </summary>
public sealed partial class LabCluster
{
    /// <summary>Options the lab was made with.</summary>
    public LabOptions Options => throw new NotSupportedException();

    /// <summary>Its nodes, by number.</summary>
    public ImmutableArray<LabNode> Nodes => throw new NotSupportedException();

    /// <summary>The host of the outside network.</summary>
    public LabHost Outside => throw new NotSupportedException();

    /// <summary>Directory of the lab: state, logs, bpffs mounts. A silo's socket may be put here.</summary>
    public string Directory => throw new NotSupportedException();

    /// <summary>Makes the lab, first taking down what is left of an earlier one of this name.</summary>
    /// <exception cref="LabException">The machine lacks something, or a step failed; what was made is gone again.</exception>
    public static Task<LabCluster> CreateAsync(LabOptions options, ILabObserver? observer, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Opens a lab that another process made.</summary>
    /// <exception cref="LabException">There is none of this name.</exception>
    public static Task<LabCluster> OpenAsync(string name, ILabObserver? observer, CancellationToken cancellationToken, string stateRoot = LabOptions.DefaultStateRoot) => throw new NotSupportedException();

    /// <summary>Removes the lab: processes, namespaces, mounts, files. Does what is left to do; false when there was nothing.</summary>
    public static Task<bool> DestroyAsync(string name, CancellationToken cancellationToken, string stateRoot = LabOptions.DefaultStateRoot) => throw new NotSupportedException();

    /// <summary>Names of the labs of this machine.</summary>
    public static ImmutableArray<string> List(string stateRoot = LabOptions.DefaultStateRoot) => throw new NotSupportedException();

    /// <summary>All pods, in the order they were made.</summary>
    public ImmutableArray<LabPod> Pods() => throw new NotSupportedException();

    /// <summary>All workloads.</summary>
    public ImmutableArray<WorkloadSpec> Workloads() => throw new NotSupportedException();

    /// <summary>
    /// Creates or changes workloads and ConfigMaps. A changed template gets new pods, the old ones are surplus.
    /// </summary>
    /// <param name="set">What to run; Services and skipped documents are no concern of the lab.</param>
    /// <param name="extraPorts">Ports that the echo server of pods without container ports shall listen on.</param>
    public Task<LabChange> ApplyAsync(ManifestSet set, ImmutableArray<NamedPort> extraPorts, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Changes the number of pods of a workload.</summary>
    /// <exception cref="LabException">There is no such workload, or its kind can't be scaled.</exception>
    public Task<LabChange> ScaleAsync(WorkloadId workload, int replicas, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Removes workloads from the wanted state; their pods are the surplus.</summary>
    public Task<LabChange> DeleteAsync(IEnumerable<WorkloadId> workloads, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Marks pods as terminating and tells the observer; they go on answering.</summary>
    public Task BeginTerminationAsync(IEnumerable<LabPod> pods, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Ends pods: SIGTERM, after <paramref name="grace"/> SIGKILL, then link, namespace and addresses are released.</summary>
    public Task RemoveAsync(IEnumerable<LabPod> pods, TimeSpan grace, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Probes all pods once and reports those whose readiness changed.</summary>
    public Task<ImmutableArray<LabPod>> ProbeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>A command line that runs <paramref name="command"/> in a pod (<c>ns/name</c> or name), a node or <c>outside</c>.</summary>
    public LabCommand Exec(string target, IReadOnlyList<string> command) => throw new NotSupportedException();

    /// <summary>The workers of the nodes.</summary>
    public NodeWorkers Workers => throw new NotSupportedException();
}
