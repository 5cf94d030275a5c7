namespace Orleans.Cn2.Lab.Workloads;

/// <summary>Names a workload: kind, namespace, name.</summary>
public sealed record WorkloadId(WorkloadKind Kind, string Namespace, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Kind}/{Namespace}/{Name}";
}

/// <summary>The kinds that make pods.</summary>
public enum WorkloadKind
{
    /// <summary>apps/v1 Deployment.</summary>
    Deployment,

    /// <summary>apps/v1 StatefulSet.</summary>
    StatefulSet,

    /// <summary>apps/v1 DaemonSet: one pod per node.</summary>
    DaemonSet,

    /// <summary>apps/v1 ReplicaSet.</summary>
    ReplicaSet,

    /// <summary>v1 ReplicationController.</summary>
    ReplicationController,

    /// <summary>v1 Pod, by itself.</summary>
    Pod,
}
