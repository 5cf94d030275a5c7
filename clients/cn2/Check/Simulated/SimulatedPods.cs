using System.Collections.Immutable;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Vmis;
using Orleans.Cn2.Forwarding.Managed.Simulation;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Cli.Check.Simulated;

/// <summary>The pods of workloads, spread over the nodes in turn, as simulated hosts and as VMIs.</summary>
/// <param name="nodes">The nodes; a pod gets its addresses from its node's prefixes.</param>
/// <param name="targets">What Services ask of pods.</param>
internal sealed class SimulatedPods(ImmutableArray<SimulatedSite> nodes, ImmutableArray<ServiceTargets> targets)
{
    private readonly List<(WorkloadId Workload, SimulatedPod Pod, Vmi Vmi)> _pods = [];
    private UInt128 _nextOffset = 10;

    /// <summary>All pods as hosts.</summary>
    public ImmutableArray<SimulatedPod> Hosts => [.. _pods.Select(each => each.Pod)];

    /// <summary>All pods as VMIs.</summary>
    public IEnumerable<Vmi> Vmis => _pods.Select(each => each.Vmi);

    /// <summary>Names of the pods of a workload, oldest first.</summary>
    public ImmutableArray<string> Of(WorkloadId workload) => [.. _pods.Where(each => each.Workload == workload).Select(each => each.Pod.Name)];

    /// <summary>Adds pods of a workload; returns their names.</summary>
    public ImmutableArray<string> Add(WorkloadSpec workload, int count)
    {
        int first = Of(workload.Id).Length;
        ImmutableArray<string>.Builder names = ImmutableArray.CreateBuilder<string>(count);
        for (int i = 0; i < count; i++)
        {
            SimulatedSite site = workload.Template.NodeName is { } named
                ? nodes.FirstOrDefault(node => node.Name == named) ?? throw new CheckFailure($"{workload.Id}: there is no node {named}")
                : nodes[(first + i) % nodes.Length];
            string name = workload.Id.Kind == WorkloadKind.Pod ? workload.Id.Name : $"{workload.Id.Name}-{first + i}";
            _pods.Add((workload.Id, Host(workload, name, site), default!));
            _pods[^1] = _pods[^1] with { Vmi = ToVmi(workload, _pods[^1].Pod) };
            names.Add(name);
        }

        return names.MoveToImmutable();
    }

    /// <summary>Marks pods as terminating; they still answer.</summary>
    public void Terminate(ImmutableArray<string> names)
    {
        for (int i = 0; i < _pods.Count; i++)
        {
            if (names.Contains(_pods[i].Pod.Name))
            {
                _pods[i] = _pods[i] with { Vmi = _pods[i].Vmi with { Conditions = new VmiConditions(false, true, true) } };
            }
        }
    }

    /// <summary>Ends pods.</summary>
    public void Remove(ImmutableArray<string> names) => _pods.RemoveAll(each => names.Contains(each.Pod.Name));

    private SimulatedPod Host(WorkloadSpec workload, string name, SimulatedSite site)
    {
        ImmutableArray<IpAddress> addresses = site.Addresses;
        if (!workload.Template.HostNetwork)
        {
            addresses = [site.PodsV4.At(_nextOffset), site.PodsV6.At(_nextOffset)];
            _nextOffset++;
        }

        return new SimulatedPod(name, site.Name, addresses,
            [.. PodPorts.All(workload.Id.Namespace, PodLabels.Of(workload, name), workload.Template, targets).Select(port => new SimulatedPort(port.Protocol, port.Port))]);
    }

    private static Vmi ToVmi(WorkloadSpec workload, SimulatedPod pod) => new()
    {
        Name = new NamespacedName(workload.Id.Namespace, pod.Name),
        Uid = Guid.NewGuid(),
        Labels = new LabelSet(PodLabels.Of(workload, pod.Name)),
        Node = pod.Node,
        Addresses = new(pod.Addresses),
        Ports = new([.. workload.Template.Containers.SelectMany(container => container.Ports).Where(port => port.Name is not null)
            .Select(port => new Core.Vmis.NamedPort(port.Name!, port.Protocol, port.Port))]),
        Conditions = new VmiConditions(true, true, false),
    };
}

/// <summary>A node with its addresses and pod prefixes.</summary>
internal sealed record SimulatedSite(string Name, ImmutableArray<IpAddress> Addresses, IpPrefix PodsV4, IpPrefix PodsV6);
