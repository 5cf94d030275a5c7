using System.Net;
using System.Net.Sockets;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;

/// <summary>Answers find a client whose interface was made anew while its flow lived.</summary>
public sealed class WayBackTests : IDisposable
{
    private const int ClientPort = 40000;
    private readonly PodNode _node = new("bpf-wayback");

    public static TheoryData<bool, IpFamily> BackEnds => new(from onNode in new[] { false, true } from family in Enum.GetValues<IpFamily>() select (onNode, family));

    [Theory]
    [MemberData(nameof(BackEnds))]
    public async Task Connection_OfTheNode_OutlivesTheServicePair(bool onNode, IpFamily family)
    {
        await using EbpfPlane plane = _node.Open(DeliveryMode.Fast);
        _node.ServeEcho(onNode ? "node" : "server", family);
        Assert.Empty(plane.Apply(PodNode.Service(family, onNode ? PodNode.Node(family) : PodNode.Server(family))));
        using Socket client = _node.CreateSocket("node", family, SocketType.Stream);
        await client.ConnectAsync(new IPEndPoint(PodNode.FloatingIp(family).ToIPAddress(), 80), TestContext.Current.CancellationToken);
        Assert.Equal("before", await PodNode.EchoAsync(client, "before"));
        int former = IndexOf("cn2s1");

        _node.Net.Ip("node", "link del cn2s0");
        await PodNode.UntilAsync(() => _node.Health.Read().Any(part => part is { Part: "service pair", Repairs: > 0, IsFaulty: false }), "the pair is made again");

        Assert.NotEqual(former, IndexOf("cn2s1"));
        Assert.Equal("after", await PodNode.EchoAsync(client, "after", TimeSpan.FromSeconds(20)));
        Assert.Single(plane.ReadFlows(new FlowFilter(default, default, default), 10));
    }

    [Theory]
    [InlineData(IpFamily.IPv4)]
    [InlineData(IpFamily.IPv6)]
    public async Task Pod_ThatIsMadeAnewWithItsAddress_GetsAnswersToItsFixedPort(IpFamily family)
    {
        await using EbpfPlane plane = _node.Open(DeliveryMode.Fast);
        _node.ServeUdp("server", family);
        Assert.Empty(plane.Apply(PodNode.Service(family, PodNode.Server(family))));
        await AskAsync(family);
        int former = IndexOf("cn2p2");

        _node.Net.Ip("node", "link del cn2p2");
        _node.AddPod("client", 2);
        await PodNode.UntilAsync(() => plane.Interfaces.Held.Any(each => each.Index == IndexOf("cn2p2")), "the new interface is attached");

        Assert.NotEqual(former, IndexOf("cn2p2"));
        await AskAsync(family);
        Assert.Single(plane.ReadFlows(new FlowFilter(default, default, default), 10));
    }

    public void Dispose() => _node.Dispose();

    private async Task AskAsync(IpFamily family)
    {
        using Socket client = _node.CreateSocket("client", family, SocketType.Dgram);
        client.Bind(new IPEndPoint(PodNode.Pod(family, 2).ToIPAddress(), ClientPort));
        await client.ConnectAsync(new IPEndPoint(PodNode.FloatingIp(family).ToIPAddress(), 53), TestContext.Current.CancellationToken);
        Assert.StartsWith("seen ", await PodNode.EchoAsync(client, "hello"), StringComparison.Ordinal);
    }

    private int IndexOf(string link)
    {
        using RtNetlink kernel = _node.Net.In("node").Run(RtNetlink.Open);
        return kernel.GetLink(link)!.Index;
    }
}
