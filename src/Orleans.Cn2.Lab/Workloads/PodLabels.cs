using System.Collections.Immutable;

namespace Orleans.Cn2.Lab.Workloads;

/// <summary>The labels of a pod: its template's, and those that Kubernetes' controllers add to them.</summary>
public static class PodLabels
{
    /// <summary>Labels of the pod of that name.</summary>
    public static ImmutableSortedDictionary<string, string> Of(WorkloadSpec workload, string pod)
    {
        ArgumentNullException.ThrowIfNull(workload);
        ArgumentNullException.ThrowIfNull(pod);
        ImmutableSortedDictionary<string, string> labels = workload.Template.Labels;
        return workload.Id.Kind switch
        {
            WorkloadKind.Deployment => labels.SetItem("pod-template-hash", PodNaming.Hash(workload.Template)),
            WorkloadKind.StatefulSet => labels.SetItem("statefulset.kubernetes.io/pod-name", pod)
                .SetItem("apps.kubernetes.io/pod-index", pod[(pod.LastIndexOf('-') + 1)..]),
            WorkloadKind.DaemonSet => labels.SetItem("controller-revision-hash", PodNaming.Hash(workload.Template)),
            _ => labels,
        };
    }
}
