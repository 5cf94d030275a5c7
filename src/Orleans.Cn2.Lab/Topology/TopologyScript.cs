using System.Collections.Immutable;

namespace Orleans.Cn2.Lab.Topology;

/// <summary>Lines for <c>ip -batch</c> that make the nodes, the fabric and the outside network.</summary>
internal static class TopologyScript
{
    /// <summary>Namespaces and the links between them, run from outside.</summary>
    public static ImmutableArray<string> Links(LabPlan plan) =>
    [
        .. plan.Namespaces.Select(name => $"netns add {name}"),
        .. plan.Nodes.Select(node => Veth(node.NetworkNamespace, plan.Fabric, node.Name)),
        Veth(plan.Outside.NetworkNamespace, plan.Fabric, "outside"),
    ];

    /// <summary>Inside the fabric: the bridge that joins the uplinks, and the router to the outside network.</summary>
    public static ImmutableArray<string> Fabric(LabPlan plan)
    {
        LabOptions options = plan.Options;
        LabNode[] via = [.. plan.Nodes.Where(n => options.OutsideVia is null || n.Name == options.OutsideVia)];
        return
        [
            "link set lo up",
            // A fixed address: a bridge takes over the lowest of its ports otherwise, and neighbours would hold a stale one.
            "link add br0 address 02:18:00:00:00:01 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
            $"addr add {plan.RouterV4}/{options.UnderlayV4.Length} dev br0",
            $"addr add {plan.RouterV6}/{options.UnderlayV6.Length} dev br0 nodad",
            .. plan.Nodes.Select(node => $"link set {node.Name} master br0 up"),
            "link set br0 up",
            $"addr add {plan.OutsideRouterV4}/{options.OutsideV4.Length} dev outside",
            $"addr add {plan.OutsideRouterV6}/{options.OutsideV6.Length} dev outside nodad",
            "link set outside up",
            $"route add {options.ServicesV4}" + string.Concat(via.Select(n => $" nexthop via {n.V4} dev br0")),
            $"route add {options.ServicesV6}" + string.Concat(via.Select(n => $" nexthop via {n.V6} dev br0")),
            .. plan.Nodes.SelectMany(PodRoutes),
        ];
    }

    public static ImmutableArray<string> Outside(LabPlan plan) =>
    [
        "link set lo up",
        $"addr add {plan.Outside.V4}/{plan.Options.OutsideV4.Length} dev eth0",
        $"addr add {plan.Outside.V6}/{plan.Options.OutsideV6.Length} dev eth0 nodad",
        "link set eth0 up",
        $"route add default via {plan.OutsideRouterV4}",
        $"route add ::/0 via {plan.OutsideRouterV6}",
    ];

    public static ImmutableArray<string> Node(LabPlan plan, LabNode node) =>
    [
        "link set lo up",
        $"addr add {node.V4}/{plan.Options.UnderlayV4.Length} dev eth0",
        $"addr add {node.V6}/{plan.Options.UnderlayV6.Length} dev eth0 nodad",
        "link set eth0 up",
        $"addr add {node.ReservedV4}/32 dev lo",
        $"addr add {node.ReservedV6}/128 dev lo nodad",
        // Pods have host routes. What has none must not follow the default route out and be sent back in.
        $"route add unreachable {node.PodsV4}",
        $"route add unreachable {node.PodsV6}",
        $"route add default via {plan.RouterV4} dev eth0 src {node.V4}",
        $"route add ::/0 via {plan.RouterV6} dev eth0 src {node.V6}",
        .. plan.Nodes.Where(other => other.Index != node.Index).SelectMany(PodRoutes),
    ];

    private static IEnumerable<string> PodRoutes(LabNode node) =>
        [$"route add {node.PodsV4} via {node.V4}", $"route add {node.PodsV6} via {node.V6}"];

    private static string Veth(string ns, string peerNs, string peer) =>
        $"link add eth0 netns {ns} type veth peer name {peer} netns {peerNs}";
}
