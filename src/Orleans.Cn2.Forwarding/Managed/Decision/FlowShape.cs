using Orleans.Cn2.Forwarding.Managed.Flows;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Forwarding.Managed.Tables;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 3: the two entries of a new flow, by who the client is and where the chosen VMI is.</summary>
internal static class FlowShape
{
    /// <summary>False when the flow needs a source address of the node that it hasn't got.</summary>
    public static bool TryMake(
        PlaneState state, in PacketWork work, in ParsedPacket packet, in Choice choice, out FlowEntry forward, out FlowEntry reverse)
    {
        ref readonly PathSlot path = ref state.Paths[choice.Path];
        FlowKey key = packet.Key;
        InterfaceRole role = state.Interfaces.RoleOf(work.Interface);
        bool fromNode = role == InterfaceRole.Node;
        Way answers = WayBack.Of(state, work);
        forward = new FlowEntry
        {
            Source = key.Source,
            Destination = path.Address,
            SourcePort = key.SourcePort,
            DestinationPort = path.Path.Port,
            Path = choice.Path,
            Epoch = path.Epoch,
            Flags = fromNode ? FlowFlags.Node : FlowFlags.None,
            Tcp = KnownFlow.Seen(SeenTcp.None, packet.Flags, SeenReset.None),
            Seen = state.Now,
            Mark = packet.IsStateful ? KnownFlow.Acknowledges(packet.Flags) ? packet.Mark : 0 : KnownFlow.BirthMark(state.Now),
            Way = Way.In(work.Interface, LinkAddresses.Of(work.Frame)),
        };
        reverse = forward with
        {
            Source = key.Destination,
            Destination = key.Source,
            SourcePort = key.DestinationPort,
            DestinationPort = key.SourcePort,
            Flags = forward.Flags | FlowFlags.Reverse,
            Tcp = SeenTcp.None,
            Mark = packet.IsStateful ? 0 : forward.Mark,
            Way = answers,
        };

        switch (KindOf(state, packet, path, role))
        {
            case FlowKind.ToProcess:
                forward.Source = key.Destination;
                forward.Way = answers with { Verdict = Verdict.NodeIngress, Interface = state.Network.NodeInterface };
                break;
            case FlowKind.ThroughStack:
                forward.Way = Way.ByStack;
                reverse.Way = Way.ByStack;
                reverse.Flags |= FlowFlags.AtEgress;
                break;
            case FlowKind.Hairpin:
                forward.Source = key.Destination;
                break;
            case FlowKind.Snat:
                if (state.Rules.SnatOf(packet.IsV6) is not { } address)
                {
                    return false;
                }

                forward.Source = address;
                break;
        }

        return true;
    }

    private static FlowKind KindOf(PlaneState state, in ParsedPacket packet, in PathSlot path, InterfaceRole role)
    {
        HopKind hop = path.Hop.Kind;
        bool routed = state.Network.IsRouted;
        if (role == InterfaceRole.Node)
        {
            return hop == HopKind.Host ? FlowKind.ToProcess : routed ? FlowKind.Snat : FlowKind.Direct;
        }

        if (hop == HopKind.Host)
        {
            return routed ? FlowKind.ToProcess : FlowKind.ThroughStack;
        }

        if (packet.Key.Source.Equals(path.Address) && hop != HopKind.Neighbour)
        {
            return FlowKind.Hairpin;
        }

        if (role == InterfaceRole.Uplink && hop == HopKind.Neighbour)
        {
            return FlowKind.Snat;
        }

        return state.Network.Mode == DeliveryMode.Stack ? FlowKind.ThroughStack : FlowKind.Direct;
    }

    /// <summary>Rows of the table in section 3.</summary>
    private enum FlowKind
    {
        /// <summary>Plain in fast mode, or node to VMI: by the path's next hop, reverse at ingress.</summary>
        Direct,

        /// <summary>Plain in stack mode, or to a host-network back end: the stack delivers, reverse at egress.</summary>
        ThroughStack,
        Hairpin,
        Snat,

        /// <summary>To a process of this node that is to answer to the FloatingIP: the client is the node, or its packets must be routed here.</summary>
        ToProcess,
    }
}
