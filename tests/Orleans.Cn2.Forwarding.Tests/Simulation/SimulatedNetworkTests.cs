using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Forwarding.Managed.Simulation;

namespace Orleans.Cn2.Forwarding.Tests.Simulation;

public sealed class SimulatedNetworkTests
{
    public static TheoryData<DeliveryMode, TransportProtocol> Modes { get; } = new()
    {
        { DeliveryMode.Fast, TransportProtocol.Tcp },
        { DeliveryMode.Fast, TransportProtocol.Udp },
        { DeliveryMode.Stack, TransportProtocol.Tcp },
        { DeliveryMode.Stack, TransportProtocol.Udp },
    };

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Send_FromEveryClientInBothFamilies_IsAnsweredByEveryPod(DeliveryMode mode, TransportProtocol protocol)
    {
        await using SimulatedCluster cluster = new(mode);
        ImmutableArray<SimulatedPod> pods = [.. Enumerable.Range(1, 4).Select(SimulatedCluster.Pod)];
        cluster.Serve(pods);

        foreach (SimulatedClient client in SimulatedCluster.Clients)
        {
            foreach (IpAddress fip in (IpAddress[])[SimulatedCluster.FipV4, SimulatedCluster.FipV6])
            {
                Dictionary<string, int> taken = Ask(cluster, client, fip, protocol, 400);

                Assert.Equal(pods.Select(pod => pod.Name).Order(), taken.Keys.Order());
                Assert.All(taken.Values, count => Assert.InRange(count, 50, 160));
            }
        }
    }

    [Fact]
    public async Task Send_WhileScaled_NeverFails()
    {
        await using SimulatedCluster cluster = new(DeliveryMode.Fast);
        foreach (int replicas in (int[])[4, 6, 2, 5, 1])
        {
            ImmutableArray<SimulatedPod> pods = [.. Enumerable.Range(1, replicas).Select(SimulatedCluster.Pod)];
            cluster.Serve(pods);
            foreach (SimulatedClient client in SimulatedCluster.Clients)
            {
                Dictionary<string, int> taken = Ask(cluster, client, SimulatedCluster.FipV6, TransportProtocol.Tcp, 100);

                Assert.Subset(pods.Select(pod => pod.Name).ToHashSet(), taken.Keys.ToHashSet());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Send_ToHostNetworkBackEnd_IsAnswered(DeliveryMode mode, TransportProtocol protocol)
    {
        await using SimulatedCluster cluster = new(mode);
        cluster.Serve(SimulatedCluster.HostPod(1));

        foreach (SimulatedClient client in SimulatedCluster.Clients)
        {
            Ask(cluster, client, SimulatedCluster.FipV4, protocol, 3);
            Ask(cluster, client, SimulatedCluster.FipV6, protocol, 3);
        }
    }

    [Fact]
    public async Task Send_FromABackEndToItself_SeesTheFloatingIp()
    {
        await using SimulatedCluster cluster = new(DeliveryMode.Stack);
        cluster.Serve(SimulatedCluster.Pod(1));

        SimulatedAnswer answer = cluster.Network.Send(SimulatedClient.Pod("nginx-1"), TransportProtocol.Tcp, SimulatedCluster.FipV4, 80);

        Assert.Equal(("nginx-1", SimulatedCluster.FipV4), (answer.Pod, answer.PeerSeen));
    }

    [Fact]
    public async Task Send_FromAnotherNodesPod_KeepsTheClientsAddress()
    {
        await using SimulatedCluster cluster = new(DeliveryMode.Fast);
        cluster.Serve(SimulatedCluster.Pod(1));

        SimulatedAnswer answer = cluster.Network.Send(SimulatedClient.Pod("client-1"), TransportProtocol.Tcp, SimulatedCluster.FipV4, 80);

        Assert.Equal(IpAddress.Parse("10.244.1.200"), answer.PeerSeen);
    }

    [Fact]
    public async Task Send_WithoutBackEnds_SaysRefusedAndWhy()
    {
        await using SimulatedCluster cluster = new(DeliveryMode.Fast);
        cluster.Serve();

        SimulatedAnswer tcp = cluster.Network.Send(SimulatedClient.Node("node-1"), TransportProtocol.Tcp, SimulatedCluster.FipV4, 80);
        SimulatedAnswer udp = cluster.Network.Send(SimulatedClient.Outside, TransportProtocol.Udp, SimulatedCluster.FipV6, 53);

        Assert.Equal("connection refused (node-1: Reject NoEndpoints)", tcp.Failure);
        Assert.StartsWith("port unreachable (node-", udp.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_AfterDeletion_IsDroppedAsUnallocated()
    {
        await using SimulatedCluster cluster = new(DeliveryMode.Fast);
        cluster.Serve(SimulatedCluster.Pod(1));
        cluster.DeleteService();

        SimulatedAnswer answer = cluster.Network.Send(SimulatedClient.Pod("client-1"), TransportProtocol.Tcp, SimulatedCluster.FipV4, 80);

        Assert.Equal("no answer (node-1: Drop Unallocated)", answer.Failure);
    }

    [Fact]
    public async Task Send_ToAPodDirectly_IsAPasserBy()
    {
        await using SimulatedCluster cluster = new(DeliveryMode.Fast);
        cluster.Serve(SimulatedCluster.Pod(1));

        SimulatedAnswer answer = cluster.Network.Send(
            SimulatedClient.Pod("client-1"), TransportProtocol.Tcp, SimulatedCluster.Pod(1).Addresses[0], 8080);

        Assert.Equal("nginx-1", answer.Pod);
        Assert.All(answer.Trace, line => Assert.EndsWith("Pass", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Flows_OfFinishedConnections_AreEstablishedAndClosed()
    {
        await using SimulatedCluster cluster = new(DeliveryMode.Fast);
        cluster.Serve(SimulatedCluster.Pod(1), SimulatedCluster.Pod(2));

        Ask(cluster, SimulatedClient.Pod("client-1"), SimulatedCluster.FipV4, TransportProtocol.Tcp, 5);

        List<FlowRow> flows = [.. cluster.Network.PlaneOf("node-1").ReadFlows(new FlowFilter(SimulatedCluster.FipV4, default, default), 100)];
        Assert.Equal(5, flows.Count);
        Assert.All(flows, flow => Assert.True(flow is { Established: true, Fin: true, Rst: false }));

        // They may be over; they have ended for one who waits for no more silence, and not for one who waits long.
        Assert.Empty(cluster.Network.PlaneOf("node-1").ReadFlows(new FlowFilter(default, default, default, TimeSpan.Zero), 100));
        Assert.Equal(5, cluster.Network.PlaneOf("node-1").ReadFlows(new FlowFilter(default, default, default, TimeSpan.FromHours(1)), 100).Count());
    }

    private static Dictionary<string, int> Ask(SimulatedCluster cluster, SimulatedClient client, IpAddress fip, TransportProtocol protocol, int requests)
    {
        Dictionary<string, int> taken = [];
        for (int i = 0; i < requests; i++)
        {
            SimulatedAnswer answer = cluster.Network.Send(client, protocol, fip, (ushort)(protocol == TransportProtocol.Tcp ? 80 : 53));
            Assert.True(answer.Failure is null, $"{client.Name} to {fip}: {answer.Failure}; {string.Join(", ", answer.Trace)}");
            taken[answer.Pod!] = taken.GetValueOrDefault(answer.Pod!) + 1;
        }

        return taken;
    }
}
