using System.Net;
using System.Net.Sockets;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Testing.Netns;
using Orleans.Cn2.Testing.Packets;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;

/// <summary>Uplinks of every kind that this kernel has, and pods on a bridge.</summary>
public sealed class LinkKindTests : IDisposable
{
    private readonly PodNode _node = new("bpf-link", pods: false);
    private TunLink? _tun;

    public static TheoryData<string, DeliveryMode, AttachKind, IpFamily> Uplinks => new(
        from kind in (string[])["veth", "vxlan", "tun", .. HasVlan() ? ["vlan"] : (string[])[]]
        from mode in Enum.GetValues<DeliveryMode>()
        from attach in new[] { AttachKind.Tcx, AttachKind.Clsact }
        from family in Enum.GetValues<IpFamily>()
        select (kind, mode, attach, family));

    public static TheoryData<DeliveryMode, AttachKind, IpFamily> Bridges => RealPacketTests.Matrix;

    [Theory]
    [MemberData(nameof(Uplinks))]
    public async Task Outside_ToALocalVmiOverAnUplink_IsServedAndRefused(string kind, DeliveryMode mode, AttachKind attach, IpFamily family)
    {
        _node.AddPod("server", 3);
        AddUplink(kind);
        await using EbpfPlane plane = _node.Open(mode, attach);
        Assert.DoesNotContain(_node.Health.Read(), part => part.IsFaulty);
        _node.ServeTcp("server", family);
        _node.ServeUdp("server", family);
        Assert.Empty(plane.Apply(PodNode.Service(family, PodNode.Server(family))));

        Assert.Equal($"seen {Outside(family)}", await _node.AskTcpAsync("client", family));
        Assert.Equal($"seen {Outside(family)}", await _node.AskUdpAsync("client", family));

        Assert.Empty(plane.Apply(PodNode.Service(family)));
        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => _node.AskTcpAsync("client", family));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [Theory]
    [MemberData(nameof(Uplinks))]
    public async Task Pod_ToARemoteVmiOverAnUplink_MovesALotOfData(string kind, DeliveryMode mode, AttachKind attach, IpFamily family)
    {
        _node.AddPod("server", 3);
        AddUplink(kind);
        await using EbpfPlane plane = _node.Open(mode, attach);
        _node.ServeEcho("client", family);
        Assert.Empty(plane.Apply(PodNode.Service(family, Outside(family))));

        using Socket socket = _node.CreateSocket("server", family, SocketType.Stream);
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(20));
        await socket.ConnectAsync(new IPEndPoint(PodNode.FloatingIp(family).ToIPAddress(), 80), patience.Token);
        byte[] sent = new byte[1 << 20];
        new Random(1).NextBytes(sent);
        Task sending = Task.Run(
            async () =>
            {
                for (int at = 0; at < sent.Length;)
                {
                    at += await socket.SendAsync(sent.AsMemory(at), patience.Token);
                }
            },
            patience.Token);
        byte[] received = new byte[sent.Length];
        for (int at = 0; at < received.Length;)
        {
            int length = await socket.ReceiveAsync(received.AsMemory(at), patience.Token);
            Assert.NotEqual(0, length);
            at += length;
        }

        await sending;
        Assert.True(sent.AsSpan().SequenceEqual(received));
    }

    [Theory]
    [MemberData(nameof(Bridges))]
    public async Task Pods_OnABridge_ReachAVmiOnTheSameBridge(DeliveryMode mode, AttachKind attach, IpFamily family)
    {
        _node.Net.Ip("node", "link add br0 type bridge", "link set br0 up", "addr add 10.244.0.1/24 dev br0", "addr add fd00:244::1/64 dev br0 nodad");
        foreach ((string pod, int host) in new[] { ("client", 2), ("server", 3) })
        {
            _node.Net.Veth("node", $"cn2p{host}", pod, "eth0");
            _node.Net.Ip("node", $"link set cn2p{host} master br0");
            _node.Net.Ip(pod,
                $"addr add 10.244.0.{host}/24 dev eth0", $"addr add fd00:244::{host}/64 dev eth0 nodad",
                "route add default via 10.244.0.1", "route add default via fd00:244::1");
        }

        await using EbpfPlane plane = _node.Open(mode, attach);
        _node.ServeTcp("server", family);
        _node.ServeUdp("server", family);
        Assert.Empty(plane.Apply(PodNode.Service(family, PodNode.Server(family))));

        Assert.Equal($"seen {PodNode.Pod(family, 2)}", await _node.AskTcpAsync("client", family));
        Assert.Equal($"seen {PodNode.Pod(family, 2)}", await _node.AskUdpAsync("client", family));
        Assert.Equal($"seen {PodNode.FloatingIp(family)}", await _node.AskTcpAsync("server", family));
        Assert.Equal($"seen {PodNode.Node(family)}", await _node.AskTcpAsync("node", family));
    }

    [Theory]
    [MemberData(nameof(Bridges))]
    public async Task Tagged_AtTheParentInterface_PassesBy(DeliveryMode mode, AttachKind attach, IpFamily family)
    {
        _node.AddPod("server", 3);
        AddUplink("veth");
        await using EbpfPlane plane = _node.Open(mode, attach);
        _node.ServeUdp("server", family);
        Assert.Empty(plane.Apply(PodNode.Service(family, PodNode.Server(family))));
        PacketSpec ask = new()
        {
            Source = Outside(family),
            Destination = PodNode.FloatingIp(family),
            Protocol = 17,
            SourcePort = 40_000,
            DestinationPort = 53,
            Payload = [1, 2, 3, 4],
        };
        byte[] macs = [.. MacOf("node", "up0"), .. MacOf("client", "eth9")];
        byte[] tagged = [.. macs, 0x81, 0x00, 0x00, 0x07, .. ask.Build().AsSpan(12)];
        byte[] plain = [.. macs, .. (ask with { SourcePort = 40_001 }).Build().AsSpan(12)];

        _node.Net.Exec("client", "python3", "-c",
            $"import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(('eth9', 0)); [s.send(bytes.fromhex(f)) for f in '{Convert.ToHexString(tagged)} {Convert.ToHexString(plain)}'.split()]");

        // The link keeps the order: what came behind the tagged frame was decided after it.
        FlowRow[] flows = [];
        await PodNode.UntilAsync(() => (flows = [.. plane.ReadFlows(new FlowFilter(default, default, default), 10)]).Length > 0, "the frame without a tag makes a flow");
        Assert.Equal([40_001], flows.Select(flow => (int)flow.ClientPort));

        // What the node itself says at its pair (of multicast groups) is dropped there.
        Assert.DoesNotContain(plane.ReadReasons(), count => count.Reason != DropReason.NotTranslated);
    }

    public void Dispose()
    {
        _tun?.Dispose();
        _node.Dispose();
    }

    private static IpAddress Outside(IpFamily family) => IpAddress.Parse(family == IpFamily.IPv4 ? "198.51.100.2" : "2001:db8:51::2");

    private byte[] MacOf(string ns, string name) => _node.Net.In(ns).Run(() =>
    {
        using RtNetlink kernel = RtNetlink.Open();
        byte[] mac = new byte[MacAddress.Size];
        kernel.GetLink(name)!.Mac.WriteBytes(mac);
        return mac;
    });

    /// <summary>Not every kernel has interfaces of this kind; the tag itself all have.</summary>
    private static bool HasVlan()
    {
        using TestNetwork net = new("bpf-vlan");
        net.Add("node");
        try
        {
            net.Ip("node", "link add name probe0 type veth peer name probe1", "link add link probe0 name probe2 type vlan id 7");
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private void AddUplink(string kind)
    {
        const string there = "eth9";
        switch (kind)
        {
            case "veth":
                _node.Net.Veth("node", "up0", "client", there);
                break;
            case "vxlan":
                _node.Net.Veth("node", "under0", "client", "under0");
                _node.Net.Ip("node", "addr add 172.16.0.1/24 dev under0", "link add up0 type vxlan id 7 local 172.16.0.1 remote 172.16.0.2 dstport 4789", "link set up0 up");
                _node.Net.Ip("client", "addr add 172.16.0.2/24 dev under0", $"link add {there} type vxlan id 7 local 172.16.0.2 remote 172.16.0.1 dstport 4789", $"link set {there} up");

                // The encapsulation takes 50 bytes of the packets' room (70 over IPv6).
                _node.Net.Ip("server", "link set eth0 mtu 1400");
                break;
            case "vlan":
                _node.Net.Veth("node", "under0", "client", "under0");
                _node.Net.Ip("node", "link add link under0 name up0 type vlan id 7", "link set up0 up");
                _node.Net.Ip("client", $"link add link under0 name {there} type vlan id 7", $"link set {there} up");
                break;
            default:
                _tun = new TunLink(_node.Net, "node", "up0", "client", there);
                break;
        }

        _node.Net.Ip("node", "addr add 198.51.100.1/24 dev up0", "addr add 2001:db8:51::1/64 dev up0 nodad");
        _node.Net.Ip("client",
            $"addr add 198.51.100.2/24 dev {there}", $"addr add 2001:db8:51::2/64 dev {there} nodad",
            "route add default via 198.51.100.1", "route add default via 2001:db8:51::1");
    }
}
