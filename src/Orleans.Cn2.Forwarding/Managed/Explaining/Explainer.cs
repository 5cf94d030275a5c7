using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Managed.Decision;
using Orleans.Cn2.Forwarding.Managed.Flows;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Forwarding.Managed.Tables;

namespace Orleans.Cn2.Forwarding.Managed.Explaining;

/// <summary>Where a packet would go, by the same rules that packets meet, step by step in words. It changes nothing.</summary>
internal sealed class Explainer
{
    private readonly PlaneState _state;
    private readonly PacketTuple _tuple;
    private readonly ImmutableArray<string>.Builder _steps = ImmutableArray.CreateBuilder<string>();
    private NamespacedName? _service;

    private Explainer(PlaneState state, PacketTuple tuple) => (_state, _tuple) = (state, tuple);

    public static Explanation Explain(PlaneState state, PacketTuple tuple) => new Explainer(state, tuple).Run();

    private Explanation Run()
    {
        string first = _tuple.Protocol switch
        {
            TransportProtocol.Tcp => " (SYN)",
            TransportProtocol.Sctp => " (INIT)",
            _ => "",
        };
        Say($"{_tuple.Protocol} {_tuple.Source}:{_tuple.SourcePort} -> {_tuple.Destination}:{_tuple.DestinationPort}, taken as the first packet of a client"
            + first);
        FlowKey key = new(
            MappedAddress.Of(_tuple.Source), MappedAddress.Of(_tuple.Destination), _tuple.SourcePort, _tuple.DestinationPort, (byte)_tuple.Protocol);
        bool isV6 = _tuple.Destination.Family == IpFamily.IPv6;
        ParsedPacket packet = new(key, isV6, Ttl: 64, IpLength: 0, first.Length > 0 ? TcpFlags.Syn : TcpFlags.None, Headers: 0);
        if (_tuple.Source.Family != _tuple.Destination.Family)
        {
            Say("the two addresses are of different families: there is no such packet");
            return End(Verdict.Drop, DropReason.Malformed);
        }

        return ByFlow(packet) ?? ByTables(packet);
    }

    private Explanation? ByFlow(in ParsedPacket packet)
    {
        FlowTable table = _state.Flows;
        ref FlowEntry entry = ref table.Peek(packet.Key);
        if (Unsafe.IsNullRef(ref entry))
        {
            table = _state.Embryonic;
            entry = ref table.Peek(packet.Key);
        }

        if (Unsafe.IsNullRef(ref entry))
        {
            Say("no flow has this tuple");
            return null;
        }

        bool embryonic = table == _state.Embryonic;
        PacketHook hook = (entry.Flags & FlowFlags.AtEgress) != 0 ? PacketHook.Egress : PacketHook.Ingress;
        FlowRow row = FlowReader.RowOf(_state, table, packet.Key, entry, !embryonic);
        Say($"a flow has this tuple: {(embryonic ? "not established yet" : "established")}, idle {row.Idle.TotalSeconds:0.#} s, "
            + $"to {row.Vmi}:{row.TargetPort} as {row.SourceSeen}:{row.SourcePortSeen}");
        FlowStep step = KnownFlow.Judge(_state, hook, packet, entry, embryonic);
        if (step == FlowStep.Renew)
        {
            Say("it is over or its path takes no new flows: it would be forgotten and the packet begin another");
            return null;
        }

        if (step != FlowStep.Translate)
        {
            Say("its path is gone: the packet passes untouched");
            return End(Verdict.Pass, DropReason.None);
        }

        Way way = KnownFlow.WayOf(entry, _state.Paths[entry.Path]);
        return Forwarded(way, entry.Path, $"{row.Vmi}:{row.TargetPort}");
    }

    /// <summary>Whether the destination is a FloatingIP, and rules 2 and 4.</summary>
    private Explanation? ByAddress(in ParsedPacket packet)
    {
        if (!_state.IsServiceAddress(packet.Key.Destination))
        {
            Say($"{_tuple.Destination} is in no service subnet and no FloatingIP: the packet passes untouched");
            return End(Verdict.Pass, DropReason.None);
        }

        DropReason reason = Refuse.ByAddresses(_state, inInterface: 0, packet);
        return reason switch
        {
            DropReason.None => null,
            DropReason.MartianSource => Refused(reason, false, $"{_tuple.Source} can be nobody's source here"),
            _ => Refused(reason, false, $"{_tuple.Destination} is in a service subnet, but no service has it"),
        };
    }

    private Explanation ByTables(in ParsedPacket packet)
    {
        if (ByAddress(packet) is { } refused)
        {
            return refused;
        }

        Choice choice = Choice.Of(_state, packet);
        _service = choice.Frontend?.Service;
        if (choice.Frontend is not { } frontend)
        {
            return Refused(choice.Reason, choice.Rejects, $"{_tuple.Destination} is a FloatingIP, but no service has {_tuple.Protocol} port {_tuple.DestinationPort} on it");
        }

        Say($"{_tuple.Destination} {_tuple.Protocol}/{_tuple.DestinationPort} belongs to service {frontend.Service}, "
            + $"{frontend.PathIds.Length} paths, {frontend.Selectable.Length} of them take new flows");
        if (choice.Reason != DropReason.None)
        {
            return Refused(choice.Reason, choice.Rejects, choice.Reason == DropReason.NoLocalEndpoints
                ? "internalTrafficPolicy is Local and no ready path is on this node"
                : "no path takes new flows");
        }

        ref readonly PathSlot path = ref _state.Paths[choice.Path];
        bool affinity = frontend.AffinityGeneration > 0;
        Say(choice.IsBound
            ? $"ClientIP affinity: this client was led to {path.Path.Address}:{path.Path.Port} less than {frontend.Frontend.AffinitySeconds} s ago"
            : $"hash {choice.Hash:x16} of {(affinity ? "the client (ClientIP affinity)" : "the tuple")} -> "
                + $"slot {choice.Slot} of {frontend.Block!.Slots.Length} -> {path.Path.Address}:{path.Path.Port}, weight {path.Path.Weight}");
        if (_tuple.Source == path.Path.Address)
        {
            Say($"the client is the chosen VMI: it sees {_tuple.Destination} as its peer");
        }

        return Forwarded(path.Way, choice.Path, $"{path.Path.Address}:{path.Path.Port}");
    }

    private Explanation Forwarded(Way way, int path, string target)
    {
        EcmpPath chosen = _state.Paths[path].Path;
        if (_state.Services.Frontends.TryGetValue(
            new FrontendKey(MappedAddress.Of(_tuple.Destination), _tuple.DestinationPort, (byte)_tuple.Protocol), out FrontendEntry? frontend))
        {
            _service = frontend.Service;
        }

        if (way.Verdict == Verdict.Pass)
        {
            return Refused(DropReason.NoNextHop, false, $"the node knows no way to {target}") with { Path = chosen };
        }

        Say(way.Verdict switch
        {
            Verdict.Peer => $"{target} is a pod of this node behind interface {way.Interface}: translated and moved into it",
            Verdict.Neighbour => $"{target} is on another node: translated and sent out of interface {way.Interface}",
            _ => $"{target}: translated and handed to the node's stack",
        });
        return End(way.Verdict, DropReason.None) with { Path = chosen };
    }

    private Explanation Refused(DropReason reason, bool rejects, string why)
    {
        Say(why + (!rejects ? ": dropped" : _tuple.Protocol == TransportProtocol.Tcp ? ": answered by RST" : ": answered by ICMP port unreachable"));
        return End(rejects ? Verdict.Reject : Verdict.Drop, reason);
    }

    private Explanation End(Verdict verdict, DropReason reason) => new(verdict, reason, _service, null, _steps.ToImmutable());

    private void Say(string text) => _steps.Add(text);
}
