using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Decision;
using Orleans.Cn2.Forwarding.Managed.Flows;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Managed.Simulation;

/// <summary>
/// Nodes, pods and a client outside in one process, joined by packets in memory through one <see cref="ManagedPlane"/> a node. Requests are sent one at a
/// time; tables may change at any time, also under way.
/// </summary>
public sealed class SimulatedNetwork : IAsyncDisposable
{
    private const int MostSteps = 200;
    private const ushort FirstPort = 32768;
    private const int Ports = 28000;

    private readonly Lock _turn = new();
    private readonly SimulatedTopology _topology;
    private readonly ImmutableArray<SimulatedRouter> _routers;
    private readonly SimulatedHost _outside;
    private readonly Queue<Action> _steps = new();
    private readonly List<string> _trace = [];
    private ImmutableArray<SimulatedPod> _pods = [];
    private int _requests;

    /// <param name="topology">The cluster; pods are added by <see cref="SetPods"/>.</param>
    /// <param name="options">Sizes and limits of the planes.</param>
    /// <param name="time">Their clock.</param>
    public SimulatedNetwork(SimulatedTopology topology, ManagedOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(topology);
        _topology = topology;
        _outside = new SimulatedHost(segment => Later(() => EnterFromOutside(segment)));
        _routers = [.. topology.Nodes.Select(node => new SimulatedRouter(this, node, new ManagedPlane(options, time)))];
        for (int i = 0; i < _routers.Length; i++)
        {
            _routers[i].Plane.Configure(new NodeSettings(
                topology.ServiceSubnets, topology.Nodes[i].Addresses, topology.Nodes[i].SnatAddresses, topology.HashKey));
        }

        SetPods([]);
    }

    /// <summary>The data plane of a node, to which tables are applied.</summary>
    /// <exception cref="KeyNotFoundException">There is no such node.</exception>
    public ManagedPlane PlaneOf(string node) => RouterOf(node).Plane;

    /// <summary>Replaces the pods of the cluster. Those that stay keep their links and connections.</summary>
    public void SetPods(ImmutableArray<SimulatedPod> pods)
    {
        lock (_turn)
        {
            _pods = pods;
            foreach (SimulatedRouter router in _routers)
            {
                router.Connect(_topology.Mode, pods, _topology.Nodes);
            }
        }
    }

    /// <summary>Returns when the request that is under way has ended, if one is: no flow that began before is open any more.</summary>
    public void Drain()
    {
        lock (_turn)
        {
        }
    }

    /// <summary>Sends one request and follows its packets until none is under way any more.</summary>
    /// <param name="client">Who asks.</param>
    /// <param name="protocol">TCP (a whole connection) or UDP (a datagram each way).</param>
    /// <param name="destination">A FloatingIP or any other address.</param>
    /// <param name="port">Destination port.</param>
    /// <exception cref="ArgumentException">The protocol is neither TCP nor UDP.</exception>
    /// <exception cref="KeyNotFoundException">There is no such client.</exception>
    public SimulatedAnswer Send(SimulatedClient client, TransportProtocol protocol, IpAddress destination, ushort port)
    {
        if (protocol is not (TransportProtocol.Tcp or TransportProtocol.Udp))
        {
            throw new ArgumentException($"{protocol} requests can't be sent", nameof(protocol));
        }

        lock (_turn)
        {
            (SimulatedHost host, ImmutableArray<IpAddress> addresses) = HostOf(client);
            IpAddress source = addresses.FirstOrDefault(address => address.Family == destination.Family);
            if (!source.IsSet)
            {
                return new SimulatedAnswer(null, $"{client.Name} has no {destination.Family} address", default, []);
            }

            _trace.Clear();
            int corrupt = host.Corrupt;
            ushort sourcePort = (ushort)(FirstPort + (_requests++ % Ports));
            host.Ask(new FlowKey(MappedAddress.Of(source), MappedAddress.Of(destination), sourcePort, port, (byte)protocol));
            string? loop = Run();
            (string? answer, string? failure) = host.Finish();
            failure = loop ?? (host.Corrupt > corrupt ? "a frame arrived damaged" : failure);
            if (answer is null || failure is not null)
            {
                return new SimulatedAnswer(null, $"{failure}{LastDrop()}", default, [.. _trace]);
            }

            (string pod, IpAddress peer) = SimulatedHost.Read(answer);
            return new SimulatedAnswer(pod, null, peer, [.. _trace]);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (SimulatedRouter router in _routers)
        {
            await router.Plane.DisposeAsync();
        }
    }

    internal bool IsService(IpAddress address) => _topology.ServiceSubnets.Any(subnet => subnet.Contains(address));

    internal void Later(Action step) => _steps.Enqueue(step);

    internal void Trace(string node, in PacketWork work) =>
        _trace.Add(work.Reason == DropReason.None ? $"{node}: {work.Verdict}" : $"{node}: {work.Verdict} {work.Reason}");

    /// <summary>Carries a frame between nodes and the outside, by its destination.</summary>
    internal void Carry(byte[] frame)
    {
        Parse.Read(frame, out ParsedPacket packet);
        IpAddress destination = packet.Key.Destination.ToIpAddress();
        if (_topology.Outside.Contains(destination))
        {
            _outside.Receive(frame);
            return;
        }

        SimulatedRouter? owner = _routers.FirstOrDefault(router => router.Owns(destination));
        owner?.FromUplink(frame);
    }

    private void EnterFromOutside(SimulatedSegment segment)
    {
        byte[] frame = SimulatedFrame.Build(segment, new LinkAddresses(0x0200_0000_0301, 0x0200_0000_0300));
        if (IsService(segment.Tuple.Destination.ToIpAddress()))
        {
            // The outside balances over the nodes by client port: a connection enters by one node.
            _routers[segment.Tuple.SourcePort % _routers.Length].FromUplink(frame);
        }
        else
        {
            Carry(frame);
        }
    }

    private string? Run()
    {
        for (int i = 0; i < MostSteps; i++)
        {
            if (!_steps.TryDequeue(out Action? step))
            {
                return null;
            }

            step();
        }

        _steps.Clear();
        return $"more than {MostSteps} packets for one request";
    }

    private string LastDrop() => _trace.LastOrDefault(line => line.Contains(": Drop", StringComparison.Ordinal)
        || line.Contains(": Reject", StringComparison.Ordinal)) is { } drop ? $" ({drop})" : "";

    private (SimulatedHost Host, ImmutableArray<IpAddress> Addresses) HostOf(SimulatedClient client)
    {
        switch (client.Kind)
        {
            case SimulatedClientKind.Outside:
                return (_outside, _topology.Outside);
            case SimulatedClientKind.Node:
                return (RouterOf(client.Name).Host, NodeOf(client.Name).Addresses);
            default:
                SimulatedPod pod = _pods.FirstOrDefault(pod => pod.Name == client.Name)
                    ?? throw new KeyNotFoundException($"there is no pod {client.Name}");
                return (RouterOf(pod.Node).HostOf(pod) ?? throw new KeyNotFoundException($"pod {client.Name} has no address"), pod.Addresses);
        }
    }

    private SimulatedNode NodeOf(string name) => _topology.Nodes.FirstOrDefault(node => node.Name == name)
        ?? throw new KeyNotFoundException($"there is no node {name}");

    private SimulatedRouter RouterOf(string name) => _routers[_topology.Nodes.IndexOf(NodeOf(name))];
}
