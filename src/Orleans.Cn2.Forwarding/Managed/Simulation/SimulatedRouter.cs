using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Decision;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Managed.Simulation;

/// <summary>A node: the hooks of its interfaces, its routes, and its own processes.</summary>
internal sealed class SimulatedRouter
{
    private const int Uplink = 1;
    private const int NodeStack = 2;
    private const int NodePair = 3;
    private const int FirstPod = 10;

    private readonly SimulatedNetwork _network;
    private readonly SimulatedNode _node;
    private readonly Dictionary<IpAddress, (int Interface, SimulatedHost Host)> _pods = [];
    private readonly Dictionary<int, SimulatedHost> _behind = [];
    private int _nextPod = FirstPod;

    public SimulatedRouter(SimulatedNetwork network, SimulatedNode node, ManagedPlane plane)
    {
        (_network, _node, Plane) = (network, node, plane);
        Host = new SimulatedHost(SendFromNode);
    }

    public ManagedPlane Plane { get; }

    /// <summary>The node's own processes.</summary>
    public SimulatedHost Host { get; }

    public bool Owns(IpAddress address) =>
        _node.Addresses.Contains(address) || _node.SnatAddresses.Contains(address) || _pods.ContainsKey(address);

    public SimulatedHost? HostOf(SimulatedPod pod) =>
        IsHostNetwork(pod) ? Host : pod.Addresses.IsEmpty ? null : _pods.GetValueOrDefault(pod.Addresses[0]).Host;

    /// <summary>Sets the pods of the whole cluster: links of those here, routes to all others.</summary>
    public void Connect(DeliveryMode mode, IReadOnlyCollection<SimulatedPod> pods, IEnumerable<SimulatedNode> nodes)
    {
        SimulatedPod[] here = [.. pods.Where(pod => pod.Node == _node.Name && !IsHostNetwork(pod))];
        Host.Listen(pods.Where(pod => pod.Node == _node.Name && IsHostNetwork(pod)));
        HashSet<IpAddress> kept = [.. here.SelectMany(pod => pod.Addresses)];
        foreach ((IpAddress address, (int index, _)) in _pods.Where(pod => !kept.Contains(pod.Key)).ToArray())
        {
            _pods.Remove(address);
            _behind.Remove(index);
        }

        foreach (SimulatedPod pod in here)
        {
            Link(pod);
        }

        ImmutableDictionary<IpAddress, NextHop>.Builder hops = ImmutableDictionary.CreateBuilder<IpAddress, NextHop>();
        foreach (IpAddress address in pods.SelectMany(pod => pod.Addresses).Concat(nodes.SelectMany(node => node.Addresses)))
        {
            hops[address] = _pods.TryGetValue(address, out (int Interface, SimulatedHost) local)
                ? new NextHop(HopKind.Local, local.Interface, MacsTo(local.Interface))
                : new NextHop(HopKind.Neighbour, Uplink, default);
        }

        Plane.Connect(new NodeNetwork(
            mode,
            NodeStack,
            [
                new(Uplink, InterfaceRole.Uplink, false, []),
                new(NodePair, InterfaceRole.Node, false, []),
                .. _pods.GroupBy(pod => pod.Value.Interface).Select(
                    link => new PlaneInterface(link.Key, InterfaceRole.Pod, true, [.. link.Select(pod => pod.Key)])),
            ],
            new KnownHops(hops.ToImmutable())));
    }

    /// <summary>A frame arrives from another node or the outside.</summary>
    public void FromUplink(byte[] frame) => Ingress(Uplink, frame);

    private void Link(SimulatedPod pod)
    {
        if (pod.Addresses.IsEmpty)
        {
            return;
        }

        if (!_pods.TryGetValue(pod.Addresses[0], out (int Interface, SimulatedHost Host) link))
        {
            int index = _nextPod++;
            link = (index, new SimulatedHost(segment => Ingress(index, SimulatedFrame.Build(segment, MacsTo(index).Swapped))));
        }

        link.Host.Listen([pod]);
        _behind[link.Interface] = link.Host;
        foreach (IpAddress address in pod.Addresses)
        {
            _pods[address] = link;
        }
    }

    private bool IsHostNetwork(SimulatedPod pod) => pod.Addresses.Any(_node.Addresses.Contains);

    private void Ingress(int at, byte[] frame) => _network.Later(() => Act(at, PacketHook.Ingress, frame));

    private void Egress(int at, byte[] frame) => _network.Later(() => Act(at, PacketHook.Egress, frame));

    /// <summary>Service subnets are routed into the node's pair, the rest like what is forwarded.</summary>
    private void SendFromNode(SimulatedSegment segment)
    {
        byte[] frame = SimulatedFrame.Build(segment, MacsTo(NodeStack).Swapped);
        if (_network.IsService(segment.Tuple.Destination.ToIpAddress()))
        {
            Ingress(NodePair, frame);
        }
        else
        {
            Route(frame, hop: false);
        }
    }

    private void Act(int at, PacketHook hook, byte[] frame)
    {
        PacketWork work = new()
        {
            Buffer = new byte[Math.Max(frame.Length, PacketWork.MinimumBuffer)],
            Length = frame.Length,
            Interface = at,
            Hook = hook,
        };
        frame.CopyTo(work.Buffer, 0);
        Plane.Process(new Span<PacketWork>(ref work));
        byte[] result = work.Frame.ToArray();
        _network.Trace(_node.Name, work);
        switch (work.Verdict)
        {
            case Verdict.Drop:
                break;
            case Verdict.Pass or Verdict.Stack when hook == PacketHook.Egress:
                Leave(at, result);
                break;
            case Verdict.Pass or Verdict.Stack:
                Route(result, hop: true);
                break;
            case Verdict.Peer:
                _behind.GetValueOrDefault(work.Target)?.Receive(result);
                break;
            case Verdict.NodeIngress:
                Host.Receive(result);
                break;
            case Verdict.Reject or Verdict.Echo when work.Target == NodeStack:
                Host.Receive(result);
                break;
            default:
                Egress(work.Target, result);
                break;
        }
    }

    /// <summary>What the stack does with a packet.</summary>
    private void Route(byte[] frame, bool hop)
    {
        if (Parse.Read(frame, out ParsedPacket packet) is ParseResult.Other or ParseResult.Unreadable)
        {
            return;
        }

        IpAddress destination = packet.Key.Destination.ToIpAddress();
        if (_node.Addresses.Contains(destination))
        {
            Host.Receive(frame);
        }
        else if (!hop || SimulatedFrame.TryHop(frame))
        {
            Egress(_pods.TryGetValue(destination, out (int Interface, SimulatedHost) pod) ? pod.Interface : Uplink, frame);
        }
    }

    private void Leave(int at, byte[] frame)
    {
        if (at == Uplink)
        {
            _network.Carry(frame);
        }
        else
        {
            _behind.GetValueOrDefault(at)?.Receive(frame);
        }
    }

    private static LinkAddresses MacsTo(int index) => new(0x0200_0000_0100ul | (uint)index, 0x0200_0000_0200ul | (uint)index);
}
