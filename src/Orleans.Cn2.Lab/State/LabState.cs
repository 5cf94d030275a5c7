using System.Collections.Immutable;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Lab.Workers;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab.State;

/// <summary>All that must be known to go on with a lab or take it down, written before it is acted on.</summary>
internal sealed record LabState
{
    public required LabOptions Options { get; init; }

    public ImmutableArray<WorkloadRecord> Workloads { get; init; } = [];

    public ImmutableArray<ConfigMapSpec> ConfigMaps { get; init; } = [];

    /// <summary>Ports that Services ask of pods; the last word of each Service that was applied.</summary>
    public ImmutableArray<ServiceTargets> Targets { get; init; } = [];

    public ImmutableArray<PodRecord> Pods { get; init; } = [];

    public ImmutableArray<WorkerRecord> Workers { get; init; } = [];

    /// <summary>Offset in its pod prefix of the last address given out, by node: an address rests before it is taken again.</summary>
    public ImmutableSortedDictionary<string, int> LastOffset { get; init; } = ImmutableSortedDictionary<string, int>.Empty;
}

/// <summary>A workload and the hash of its template as the manifest had it.</summary>
internal sealed record WorkloadRecord(WorkloadSpec Spec, string TemplateHash);

/// <summary>A pod and its processes; without any it is planned, or was interrupted while being made.</summary>
internal sealed record PodRecord(LabPod Pod, string TemplateHash, PodTemplate Template)
{
    public ImmutableArray<ContainerRecord> Containers { get; init; } = [];
}

/// <summary>A container's process.</summary>
internal sealed record ContainerRecord(string Name, ProcessHandle Process);

/// <summary>A worker that was started and not stopped.</summary>
internal sealed record WorkerRecord(string Node, ProcessHandle Process, WorkerCommand Command, string LogFile);
