using System.Collections.Immutable;

namespace Orleans.Cn2.Lab;

/// <summary>What applying or scaling did: pods made and running, and pods that the caller shall now end.</summary>
/// <param name="Created">New pods, started and probed.</param>
/// <param name="Surplus">
/// Pods that are too many, in the order to end them. They run on until the caller calls
/// <see cref="LabCluster.BeginTerminationAsync"/> and then <see cref="LabCluster.RemoveAsync"/>.
/// </param>
/// <param name="Waiting">
/// Pods that can be made only when a surplus pod of the same name is gone (StatefulSet, DaemonSet, Pod): apply again then.
/// </param>
public sealed record LabChange(ImmutableArray<LabPod> Created, ImmutableArray<LabPod> Surplus, int Waiting);
