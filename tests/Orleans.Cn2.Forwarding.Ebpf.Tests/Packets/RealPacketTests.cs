using System.Net;
using System.Net.Sockets;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;

/// <summary>Sockets through the programs, in every delivery mode, family and way of attachment.</summary>
public sealed class RealPacketTests : IDisposable
{
    private readonly PodNode _node = new("bpf-real");

    public static TheoryData<DeliveryMode, AttachKind, IpFamily> Matrix => new(
        from mode in Enum.GetValues<DeliveryMode>()
        from attach in new[] { AttachKind.Tcx, AttachKind.Clsact }
        from family in Enum.GetValues<IpFamily>()
        select (mode, attach, family));

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Tcp_FromPodToFloatingIp_ReachesTheServerAndBack(DeliveryMode mode, AttachKind attach, IpFamily family)
    {
        await using EbpfPlane plane = _node.Open(mode, attach);
        _node.ServeTcp("server", family);
        Assert.Empty(plane.Apply(PodNode.Service(family, PodNode.Server(family))));

        string answer = await _node.AskTcpAsync("client", family);

        // The server sees the client's own address, and the client the FloatingIP's.
        Assert.Equal($"seen {PodNode.Pod(family, 2)}", answer);
        FlowRow flow = Assert.Single(plane.ReadFlows(new FlowFilter(default, default, default), 10));
        Assert.True(flow.Established);
        Assert.Equal(PodNode.Server(family), flow.Vmi);
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Udp_FromPodToFloatingIp_ReachesTheServerAndBack(DeliveryMode mode, AttachKind attach, IpFamily family)
    {
        await using EbpfPlane plane = _node.Open(mode, attach);
        _node.ServeUdp("server", family);
        Assert.Empty(plane.Apply(PodNode.Service(family, PodNode.Server(family))));

        Assert.Equal($"seen {PodNode.Pod(family, 2)}", await _node.AskUdpAsync("client", family));
        Assert.Single(plane.ReadFlows(new FlowFilter(default, default, PodNode.Server(family), TimeSpan.FromHours(1)), 10));
        Assert.Empty(plane.ReadFlows(new FlowFilter(default, default, PodNode.Server(family), TimeSpan.Zero), 10));
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Tcp_FromTheNodeItself_ReachesTheServer(DeliveryMode mode, AttachKind attach, IpFamily family)
    {
        await using EbpfPlane plane = _node.Open(mode, attach);
        _node.ServeTcp("server", family);
        Assert.Empty(plane.Apply(PodNode.Service(family, PodNode.Server(family))));

        Assert.Equal($"seen {PodNode.Node(family)}", await _node.AskTcpAsync("node", family));
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Tcp_ToAHostNetworkBackEnd_IsReachedFromPodAndNode(DeliveryMode mode, AttachKind attach, IpFamily family)
    {
        await using EbpfPlane plane = _node.Open(mode, attach);
        _node.ServeTcp("node", family);
        Assert.Empty(plane.Apply(PodNode.Service(family, PodNode.Node(family))));

        Assert.Equal($"seen {PodNode.Pod(family, 2)}", await _node.AskTcpAsync("client", family));
        Assert.Equal($"seen {PodNode.FloatingIp(family)}", await _node.AskTcpAsync("node", family));
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Tcp_ChosenVmiIsTheClient_SeesTheFloatingIp(DeliveryMode mode, AttachKind attach, IpFamily family)
    {
        await using EbpfPlane plane = _node.Open(mode, attach);
        _node.ServeTcp("server", family);
        Assert.Empty(plane.Apply(PodNode.Service(family, PodNode.Server(family))));

        Assert.Equal($"seen {PodNode.FloatingIp(family)}", await _node.AskTcpAsync("server", family));
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Tcp_NoEndpoints_IsRefusedAtOnce(DeliveryMode mode, AttachKind attach, IpFamily family)
    {
        await using EbpfPlane plane = _node.Open(mode, attach);
        Assert.Empty(plane.Apply(PodNode.Service(family)));

        SocketException fromPod = await Assert.ThrowsAsync<SocketException>(() => _node.AskTcpAsync("client", family));
        SocketException fromNode = await Assert.ThrowsAsync<SocketException>(() => _node.AskTcpAsync("node", family));

        Assert.Equal(SocketError.ConnectionRefused, fromPod.SocketErrorCode);
        Assert.Equal(SocketError.ConnectionRefused, fromNode.SocketErrorCode);
        Assert.Contains(plane.ReadReasons(), count => count is { Reason: DropReason.NoEndpoints, Reject: true, Packets: 2 });
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Connection_WhileThePlaneIsGoneAndWhenAnotherTakesOver_GoesOn(DeliveryMode mode, AttachKind attach, IpFamily family)
    {
        using BpfMount mount = new();
        _node.ServeEcho("server", family);
        using Socket client = _node.CreateSocket("client", family, SocketType.Stream);
        EbpfPlane first = _node.Open(mode, attach, mount.Directory);
        Assert.Equal(1ul, first.Boot);
        Assert.Empty(first.Apply(PodNode.Service(family, PodNode.Server(family))));
        await client.ConnectAsync(new IPEndPoint(PodNode.FloatingIp(family).ToIPAddress(), 80), TestContext.Current.CancellationToken);
        Assert.Equal("one", await PodNode.EchoAsync(client, "one"));
        TableDigest digest = first.ReadDigest(0);

        await first.DisposeAsync();

        Assert.Equal("two", await PodNode.EchoAsync(client, "two"));
        await using EbpfPlane second = _node.Open(mode, attach, mount.Directory, configure: false);
        Assert.Equal("three", await PodNode.EchoAsync(client, "three"));
        Assert.Equal(2ul, second.Boot);
        Assert.Equal(digest, second.ReadDigest(0));
        Assert.Single(second.ReadFlows(new FlowFilter(default, default, default), 10));

        // The path goes: the flow that the first plane made ends by the second one's hand.
        Assert.Empty(second.Apply(PodNode.Service(family)));
        SocketException reset = await Assert.ThrowsAsync<SocketException>(() => PodNode.EchoAsync(client, "four"));
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    public void Dispose() => _node.Dispose();
}
