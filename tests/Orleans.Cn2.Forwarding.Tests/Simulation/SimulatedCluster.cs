using System.Collections.Immutable;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Forwarding.Managed.Simulation;

namespace Orleans.Cn2.Forwarding.Tests.Simulation;

/// <summary>Two nodes, a client pod on each, a dual-stack service.</summary>
internal sealed class SimulatedCluster : IAsyncDisposable
{
    public static readonly IpAddress FipV4 = IpAddress.Parse("10.96.0.10");
    public static readonly IpAddress FipV6 = IpAddress.Parse("fd00:96::10");
    public static readonly ImmutableArray<SimulatedClient> Clients =
    [
        SimulatedClient.Pod("client-1"), SimulatedClient.Pod("client-2"),
        SimulatedClient.Node("node-1"), SimulatedClient.Node("node-2"), SimulatedClient.Outside,
    ];

    private static readonly Guid Uid = Guid.Parse("11111111-2222-3333-4444-555555555555");
    private static readonly ImmutableArray<SimulatedPort> Listens = [new(TransportProtocol.Tcp, 8080), new(TransportProtocol.Udp, 5353)];

    private ulong _generation;

    public SimulatedCluster(DeliveryMode mode) => Network = new SimulatedNetwork(new SimulatedTopology(
        mode,
        [IpPrefix.Parse("10.96.0.0/16"), IpPrefix.Parse("fd00:96::/112")],
        0x1234,
        [Node(1), Node(2)],
        [IpAddress.Parse("203.0.113.7"), IpAddress.Parse("2001:db8::7")]));

    public SimulatedNetwork Network { get; }

    public static SimulatedPod Pod(int number) => new(
        $"nginx-{number}", $"node-{1 + (number % 2)}",
        [IpAddress.Parse($"10.244.{1 + (number % 2)}.{10 + number}"), IpAddress.Parse($"fd00:244:{1 + (number % 2)}::{10 + number}")], Listens);

    public static SimulatedPod HostPod(int node) => new("host-network", $"node-{node}", Node(node).Addresses, Listens);

    /// <summary>Sets the back ends and the service's tables on all nodes.</summary>
    public void Serve(params ImmutableArray<SimulatedPod> backEnds)
    {
        Network.SetPods([Client(1), Client(2), .. backEnds]);
        ServiceTable table = new(Uid, new NamespacedName("default", "nginx"), ++_generation,
        [
            .. new[] { FipV4, FipV6 }.SelectMany(fip => new[] { Frontend(fip, TransportProtocol.Tcp, 80, 8080, backEnds), Frontend(fip, TransportProtocol.Udp, 53, 5353, backEnds) }),
        ]);
        Apply(new TableChange(0, false, [table], []));
    }

    public void DeleteService() => Apply(new TableChange(0, false, [], [Uid]));

    public ValueTask DisposeAsync() => Network.DisposeAsync();

    private void Apply(TableChange change)
    {
        Assert.Empty(Network.PlaneOf("node-1").Apply(change));
        Assert.Empty(Network.PlaneOf("node-2").Apply(change));
    }

    private static Frontend Frontend(IpAddress fip, TransportProtocol protocol, ushort port, ushort target, ImmutableArray<SimulatedPod> backEnds) => new(
        fip, protocol, port, TableIds.OfFrontend(Uid, fip.Family, protocol, port), FrontendFlags.None, 0,
        [
            .. backEnds.Select((pod, i) => new EcmpPath(pod.Addresses.Single(each => each.Family == fip.Family), target, 1, PathState.Active, (ulong)i + 1))
                .Order(Comparer<EcmpPath>.Create(PathOrder.Compare)),
        ]);

    private static SimulatedNode Node(int number) => new(
        $"node-{number}",
        [IpAddress.Parse($"192.168.1.{number}"), IpAddress.Parse($"fd00:1::{number}")],
        [IpAddress.Parse($"10.244.{number}.1"), IpAddress.Parse($"fd00:244:{number}::1")]);

    private static SimulatedPod Client(int node) => new(
        $"client-{node}", $"node-{node}", [IpAddress.Parse($"10.244.{node}.200"), IpAddress.Parse($"fd00:244:{node}::200")], []);
}
