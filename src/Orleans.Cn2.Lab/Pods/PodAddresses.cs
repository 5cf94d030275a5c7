using Orleans.Cn2.Lab.State;
using Orleans.Cn2.Lab.Topology;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab.Pods;

/// <summary>Gives a drafted pod its uid, addresses and namespace, and enters it into the state.</summary>
internal static class PodAddresses
{
    // .0 is the network, .1 the node's own, .255 the broadcast address; IPv6 uses the same offsets.
    private const int First = 2;
    private const int Last = 254;
    private const int LongestNamespace = 200;

    /// <exception cref="LabException">The node's pod prefix is used up.</exception>
    public static (LabState State, PodRecord Pod) Place(LabState state, LabPlan plan, WorkloadRecord workload, PodDraft draft)
    {
        LabNode node = plan.Nodes.First(n => n.Name == draft.Node);
        PodTemplate template = workload.Spec.Template;
        string uid = Guid.NewGuid().ToString();
        string ns = workload.Spec.Id.Namespace;
        int offset = 0;
        if (!template.HostNetwork)
        {
            offset = NextOffset(state, node);
            state = state with { LastOffset = state.LastOffset.SetItem(node.Name, offset) };
        }

        string named = $"{LabPlan.Prefix(plan.Options.Name)}{ns}.{draft.Name}";
        LabPod pod = new()
        {
            Namespace = ns,
            Name = draft.Name,
            Uid = uid,
            Workload = workload.Spec.Id,
            Labels = draft.Labels,
            Node = node.Name,
            V4 = template.HostNetwork ? node.V4 : node.PodsV4.At((UInt128)offset),
            V6 = template.HostNetwork ? node.V6 : node.PodsV6.At((UInt128)offset),
            Ports = [.. template.Containers.SelectMany(c => c.Ports)],
            HostNetwork = template.HostNetwork,
            NetworkNamespace = template.HostNetwork ? node.NetworkNamespace
                : named.Length <= LongestNamespace ? named : $"{LabPlan.Prefix(plan.Options.Name)}{ns}.{uid}",
            NodeInterface = template.HostNetwork ? null : PodLink.InterfaceName(uid),
            NotReadyReason = "not started",
        };
        PodRecord record = new(pod, workload.TemplateHash, template);
        return (state with { Pods = state.Pods.Add(record) }, record);
    }

    private static int NextOffset(LabState state, LabNode node)
    {
        int last = state.LastOffset.GetValueOrDefault(node.Name, First - 1);
        HashSet<UInt128> used = [.. state.Pods.Where(p => p.Pod.Node == node.Name && !p.Pod.HostNetwork)
            .Select(p => p.Pod.V4.Bits - node.PodsV4.Network.Bits)];
        for (int step = 1; step <= Last - First + 1; step++)
        {
            int offset = First + ((last - First + step) % (Last - First + 1));
            if (!used.Contains((UInt128)offset))
            {
                return offset;
            }
        }

        throw new LabException($"{node.Name} has no free pod address left in {node.PodsV4}");
    }
}
