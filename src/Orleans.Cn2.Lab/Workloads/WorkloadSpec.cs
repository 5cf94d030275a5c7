using System.Collections.Immutable;

namespace Orleans.Cn2.Lab.Workloads;

/// <summary>A workload as asked for: how many pods of which template.</summary>
public sealed record WorkloadSpec
{
    /// <summary>Its name.</summary>
    public required WorkloadId Id { get; init; }

    /// <summary><c>spec.replicas</c>, default 1; a DaemonSet has one per node whatever this says.</summary>
    public required int Replicas { get; init; }

    /// <summary>The pods' template.</summary>
    public required PodTemplate Template { get; init; }

    /// <summary><c>spec.ordinals.start</c> of a StatefulSet.</summary>
    public int FirstOrdinal { get; init; }
}

/// <summary>The part of a pod template that the lab acts on.</summary>
public sealed record PodTemplate
{
    /// <summary><c>metadata.labels</c>.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary><c>spec.containers</c>, and init containers with <c>restartPolicy: Always</c>.</summary>
    public ImmutableArray<ContainerSpec> Containers { get; init; } = [];

    /// <summary><c>spec.volumes</c>: ConfigMaps by name; all other sources are empty directories here.</summary>
    public ImmutableArray<VolumeSpec> Volumes { get; init; } = [];

    /// <summary><c>spec.hostNetwork</c>.</summary>
    public bool HostNetwork { get; init; }

    /// <summary><c>spec.nodeName</c>, or null.</summary>
    public string? NodeName { get; init; }
}

/// <summary>A container: what runs, on which ports, with which files.</summary>
public sealed record ContainerSpec
{
    /// <summary><c>name</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>image</c>: <c>nginx</c> runs nginx, every other image the echo server.</summary>
    public required string Image { get; init; }

    /// <summary><c>ports</c>.</summary>
    public ImmutableArray<NamedPort> Ports { get; init; } = [];

    /// <summary><c>volumeMounts</c>.</summary>
    public ImmutableArray<MountSpec> Mounts { get; init; } = [];

    /// <summary><c>readinessProbe</c>, where it is one of httpGet and tcpSocket.</summary>
    public ReadinessProbe? Readiness { get; init; }
}

/// <summary>A volume of a pod.</summary>
/// <param name="Name">Name that mounts refer to.</param>
/// <param name="ConfigMap">ConfigMap whose data it shows; null is an empty directory.</param>
/// <param name="Optional">A missing ConfigMap is an empty directory instead of an error.</param>
/// <param name="Items">Key to path, where only some keys are shown; empty shows all.</param>
public sealed record VolumeSpec(
    string Name, string? ConfigMap, bool Optional, ImmutableSortedDictionary<string, string> Items);

/// <summary>A mount of a container.</summary>
/// <param name="Volume">Name of the volume.</param>
/// <param name="Path"><c>mountPath</c>, absolute.</param>
/// <param name="SubPath">File or directory of the volume that is shown alone, or null.</param>
public sealed record MountSpec(string Volume, string Path, string? SubPath);

/// <summary>A readiness probe that connects from inside the pod's network namespace.</summary>
/// <param name="Port">Port, a name already resolved.</param>
/// <param name="HttpPath">Path of an httpGet probe (any status 200 to 399 passes); null only connects (tcpSocket).</param>
/// <param name="TimeoutSeconds"><c>timeoutSeconds</c>, default 1. The lab probes more often than Kubernetes while a pod starts.</param>
public sealed record ReadinessProbe(ushort Port, string? HttpPath, int TimeoutSeconds);

/// <summary>A ConfigMap: its files by key, text and binary data alike.</summary>
public sealed record ConfigMapSpec(
    string Namespace, string Name, ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> Files);
