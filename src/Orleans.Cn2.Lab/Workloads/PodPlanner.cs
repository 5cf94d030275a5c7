using System.Collections.Immutable;
using System.Globalization;
using Orleans.Cn2.Lab.State;

namespace Orleans.Cn2.Lab.Workloads;

/// <summary>A pod to make.</summary>
internal sealed record PodDraft(string Name, string Node, ImmutableSortedDictionary<string, string> Labels);

/// <summary>What to do so that a workload has the pods it should have.</summary>
internal sealed record PodPlan(ImmutableArray<PodDraft> Create, ImmutableArray<PodRecord> Surplus, int Waiting);

/// <summary>Decides which pods to make and which are too many. Pure but for the names, which it draws from the given source.</summary>
internal static class PodPlanner
{
    public static PodPlan Plan(WorkloadRecord workload, ImmutableArray<PodRecord> all, ImmutableArray<LabNode> nodes, Random random)
    {
        WorkloadSpec spec = workload.Spec;
        PodRecord[] own = [.. all.Where(p => p.Pod.Workload == spec.Id)];
        PodRecord[] live = [.. own.Where(p => !p.Pod.Terminating)];
        return spec.Id.Kind switch
        {
            WorkloadKind.StatefulSet => Fixed(workload, all, nodes, own, [.. Enumerable.Range(spec.FirstOrdinal, spec.Replicas)
                .Select(i => string.Create(CultureInfo.InvariantCulture, $"{spec.Id.Name}-{i}"))]),
            WorkloadKind.Pod => Fixed(workload, all, nodes, own, [.. Enumerable.Repeat(spec.Id.Name, spec.Replicas)]),
            WorkloadKind.DaemonSet => PerNode(workload, nodes, live, random),
            _ => Replicated(workload, all, nodes, live, random),
        };
    }

    private static PodPlan Replicated(
        WorkloadRecord workload, ImmutableArray<PodRecord> all, ImmutableArray<LabNode> nodes, PodRecord[] live, Random random)
    {
        // A Deployment replaces pods of an older template; the other kinds leave them be, as in Kubernetes.
        bool replaces = workload.Spec.Id.Kind == WorkloadKind.Deployment;
        PodRecord[] old = [.. live.Where(p => replaces && p.TemplateHash != workload.TemplateHash)];
        PodRecord[] current = [.. live.Except(old)];
        Spread spread = new(nodes, all, workload.Spec);
        string[] taken = [.. all.Where(p => p.Pod.Namespace == workload.Spec.Id.Namespace).Select(p => p.Pod.Name)];
        List<PodDraft> create = [];
        while (create.Count + current.Length < workload.Spec.Replicas)
        {
            string name = PodNaming.Generate(PodNaming.Base(workload.Spec.Id, workload.TemplateHash), random);
            if (!taken.Contains(name) && create.All(d => d.Name != name))
            {
                create.Add(Draft(workload, name, spread.Next()));
            }
        }

        return new([.. create], [.. old, .. TooMany(current, current.Length - workload.Spec.Replicas)], 0);
    }

    /// <summary>As Kubernetes ranks them: not ready first, then from the fullest node, then the newest.</summary>
    private static IEnumerable<PodRecord> TooMany(PodRecord[] current, int count)
    {
        List<(PodRecord Pod, int Age)> left = [.. current.Select((pod, age) => (pod, age))];
        for (; count > 0; count--)
        {
            (PodRecord Pod, int Age) next = left
                .OrderBy(p => p.Pod.Pod.Ready)
                .ThenByDescending(p => left.Count(other => other.Pod.Pod.Node == p.Pod.Pod.Node))
                .ThenByDescending(p => p.Age).First();
            left.Remove(next);
            yield return next.Pod;
        }
    }

    private static PodPlan PerNode(WorkloadRecord workload, ImmutableArray<LabNode> nodes, PodRecord[] live, Random random)
    {
        string[] wanted = [.. nodes.Select(n => n.Name).Where(n => workload.Spec.Template.NodeName is null or { Length: 0 } || workload.Spec.Template.NodeName == n)];
        PodRecord[] current = [.. live.Where(p => p.TemplateHash == workload.TemplateHash && wanted.Contains(p.Pod.Node))];
        return new(
            [.. wanted.Except(current.Select(p => p.Pod.Node)).Select(
                node => Draft(workload, PodNaming.Generate(workload.Spec.Id.Name, random), node))],
            [.. live.Except(current)], 0);
    }

    private static PodPlan Fixed(
        WorkloadRecord workload, ImmutableArray<PodRecord> all, ImmutableArray<LabNode> nodes, PodRecord[] own, string[] names)
    {
        Spread spread = new(nodes, all, workload.Spec);
        PodRecord[] current = [.. own.Where(p => !p.Pod.Terminating && p.TemplateHash == workload.TemplateHash && names.Contains(p.Pod.Name))];
        string[] missing = [.. names.Except(current.Select(p => p.Pod.Name))];
        string[] blocked = [.. missing.Intersect(all.Where(p => p.Pod.Namespace == workload.Spec.Id.Namespace).Select(p => p.Pod.Name))];
        return new(
            [.. missing.Except(blocked).Select(name => Draft(workload, name, spread.Next()))],
            [.. own.Where(p => !p.Pod.Terminating).Except(current).Reverse()],
            blocked.Length);
    }

    private static PodDraft Draft(WorkloadRecord workload, string name, string node) => new(name, node, PodLabels.Of(workload.Spec, name));

    /// <summary>Chooses the node with the fewest pods of the workload, then the fewest of all, then the first.</summary>
    private sealed class Spread(ImmutableArray<LabNode> nodes, ImmutableArray<PodRecord> all, WorkloadSpec spec)
    {
        private readonly Dictionary<string, (int Own, int All)> _load = nodes.ToDictionary(n => n.Name, n => (
            all.Count(p => p.Pod.Node == n.Name && p.Pod.Workload == spec.Id && !p.Pod.Terminating),
            all.Count(p => p.Pod.Node == n.Name)));

        public string Next()
        {
            string? asked = spec.Template.NodeName;
            if (!string.IsNullOrEmpty(asked) && nodes.All(n => n.Name != asked))
            {
                throw new LabException($"{spec.Id}: spec.nodeName '{asked}': there is no such node");
            }

            string node = string.IsNullOrEmpty(asked)
                ? nodes.OrderBy(n => _load[n.Name].Own).ThenBy(n => _load[n.Name].All).ThenBy(n => n.Index).First().Name : asked;
            _load[node] = (_load[node].Own + 1, _load[node].All + 1);
            return node;
        }
    }
}
