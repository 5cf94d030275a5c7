using System.Collections.Immutable;

namespace Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;

/// <summary>The rule that chooses the delivery mode.</summary>
public static class DeliveryRules
{
    private const string Clear = "no netfilter chain, traffic control policy or other program guards the interfaces";

    /// <summary>Disciplines that only queue. Any other shapes or polices, which is a policy of someone.</summary>
    private static readonly ImmutableHashSet<string> PlainQueues =
        ["noqueue", "noop", "mq", "pfifo_fast", "pfifo", "bfifo", "fq", "fq_codel", "codel", "sfq", "clsact", "ingress"];

    /// <summary>
    /// Fast, unless something it would skip guards the way, or that could not be found out. Guards are: a base chain on
    /// forward, or of type filter on prerouting or postrouting, with rules or a drop policy (bridge chains only if an
    /// interface is a bridge port; ingress and egress chains only on these interfaces); traffic control filters; others'
    /// TCX programs; a shaping discipline towards a pod. Chains of type nat are none: translation is the data path's own
    /// business here. The reasons name every guard.
    /// </summary>
    public static DeliveryDecision Decide(DeliveryObservation seen)
    {
        ArgumentNullException.ThrowIfNull(seen);
        ImmutableArray<string>.Builder reasons = ImmutableArray.CreateBuilder<string>();
        foreach (NetfilterChain chain in seen.Chains)
        {
            if ((chain.Rules > 0 || chain.DropsByDefault) && Guards(chain, seen))
            {
                reasons.Add(Describe(chain));
            }
        }

        foreach (TrafficFilter filter in seen.Filters)
        {
            reasons.Add($"tc {filter.Direction} filter of kind {filter.Kind} on {filter.Interface}");
        }

        foreach (ForeignProgram program in seen.Programs)
        {
            reasons.Add($"tcx {program.Direction} program {program.ProgramId} of another owner on {program.Interface}");
        }

        foreach (RootQueue queue in seen.PodSideQueues)
        {
            if (!PlainQueues.Contains(queue.Kind))
            {
                reasons.Add($"queueing discipline {queue.Kind} shapes {queue.Interface}");
            }
        }

        foreach (string failure in seen.Unreadable)
        {
            reasons.Add($"cannot tell whether the way is guarded: {failure}");
        }

        return reasons.Count == 0
            ? new DeliveryDecision(DeliveryMode.Fast, [Clear])
            : new DeliveryDecision(DeliveryMode.Stack, reasons.ToImmutable());
    }

    private static bool Guards(NetfilterChain chain, DeliveryObservation seen) => chain.Family switch
    {
        "arp" => false,
        "bridge" when !seen.HasBridgePort => false,
        _ => chain.Hook switch
        {
            NetfilterHook.Forward => chain.Type != "nat",
            NetfilterHook.Prerouting or NetfilterHook.Postrouting => chain.Type == "filter",
            NetfilterHook.Ingress or NetfilterHook.Egress => chain.Devices.Any(seen.Interfaces.Contains),
            _ => false,
        },
    };

    private static string Describe(NetfilterChain chain)
    {
        string what = (chain.Rules, chain.DropsByDefault) switch
        {
            (0, _) => "drops by default",
            (_, true) => $"holds {chain.Rules} rules and drops by default",
            _ => $"holds {chain.Rules} rules",
        };
        return $"netfilter chain {chain.Family} {chain.Table} {chain.Name} (hook {chain.Hook}) {what}";
    }
}
