using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Lab.Pods;

namespace Orleans.Cn2.Lab.Workloads;

/// <summary>
/// On which ports a pod listens. As in Kubernetes <c>containerPort</c> informs and restricts nothing: an echo server listens on what its container declares or
/// probes, and on every number that a Service asks of its pod.
/// </summary>
public static class PodPorts
{
    /// <summary>All ports of a pod, each once, in no particular order.</summary>
    public static ImmutableArray<NamedPort> All(
        string ns, ImmutableSortedDictionary<string, string> labels, PodTemplate template, IEnumerable<ServiceTargets> targets) =>
        [.. template.Containers.SelectMany(container => Declared(container, probe: true)).Concat(Asked(ns, labels, targets)).Select(Plain).Distinct()];

    /// <summary>
    /// Ports of the echo servers by container. The containers of a pod share its addresses, so a port goes to the first that has it, and what Services ask
    /// besides to the first echo server; nginx listens on what its configuration says.
    /// </summary>
    internal static ImmutableDictionary<string, ImmutableArray<NamedPort>> OfEchoes(
        string ns, ImmutableSortedDictionary<string, string> labels, PodTemplate template, IEnumerable<ServiceTargets> targets)
    {
        HashSet<NamedPort> taken = [.. template.Containers.Where(IsNginx).SelectMany(container => Declared(container, probe: true)).Select(Plain)];
        ContainerSpec[] echoes = [.. template.Containers.Where(container => !IsNginx(container))];
        Dictionary<string, List<NamedPort>> ports = echoes.ToDictionary(container => container.Name, _ => new List<NamedPort>());
        // Declarations of all containers before the probes of any: a sidecar may be the one that is probed.
        Give(probe: false);
        Give(probe: true);
        if (echoes.Length > 0)
        {
            ports[echoes[0].Name].AddRange(Asked(ns, labels, targets).Select(Plain).Where(taken.Add));
        }

        return ports.ToImmutableDictionary(each => each.Key, each => each.Value.ToImmutableArray());

        void Give(bool probe)
        {
            foreach (ContainerSpec container in echoes)
            {
                ports[container.Name].AddRange(Declared(container, probe).Select(Plain).Where(taken.Add));
            }
        }
    }

    private static IEnumerable<NamedPort> Asked(string ns, ImmutableSortedDictionary<string, string> labels, IEnumerable<ServiceTargets> targets) =>
        targets.Where(service => service.Selects(ns, labels)).SelectMany(service => service.Ports);

    private static IEnumerable<NamedPort> Declared(ContainerSpec container, bool probe) =>
        probe && container.Readiness is { } readiness ? container.Ports.Append(new(null, readiness.Port, TransportProtocol.Tcp)) : container.Ports;

    private static NamedPort Plain(NamedPort port) => port with { Name = null };

    private static bool IsNginx(ContainerSpec container) => ContainerScript.IsNginx(container.Image);
}
