using System.Net;
using System.Net.Sockets;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Forwarding.Ebpf.Node.ServicePair;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Node;

public sealed class NodeServicePairTests : IDisposable
{
    private static readonly ServicePairSpec Spec = new()
    {
        Mtu = 1400,
        ServiceSubnets = [IpPrefix.Parse("10.96.0.0/16"), IpPrefix.Parse("fd96::/112")],
        NodeAddresses = [IpAddress.Parse("192.0.2.1"), IpAddress.Parse("2001:db8::1")],
    };

    private readonly TestNamespace _node = new();
    private readonly RtNetlink _kernel;

    public NodeServicePairTests()
    {
        _node.Ip("addr add 192.0.2.1/32 dev lo");
        _node.Ip("addr add 2001:db8::1/128 dev lo nodad");
        _kernel = _node.In(RtNetlink.Open);
    }

    public void Dispose()
    {
        _kernel.Dispose();
        _node.Dispose();
    }

    [Theory]
    [InlineData("10.96.0.10", "192.0.2.1")]
    [InlineData("fd96::10", "2001:db8::1")]
    public void Apply_FreshNode_OwnPacketsReachTheFarEndFromTheNodeAddress(string service, string source)
    {
        ServicePairReport report = Apply(Spec);
        Assert.Empty(report.Unserved);
        Assert.True(report is { Near.IsUp: true, Far.IsUp: true });
        Assert.Equal((1400u, 1400u), (report.Near.Mtu, report.Far.Mtu));

        IPAddress address = IPAddress.Parse(service);
        string local = _node.In(() =>
        {
            using Socket socket = new(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(address, 53);
            socket.Send(new byte[100]);
            return ((IPEndPoint)socket.LocalEndPoint!).Address.ToString();
        });
        Assert.Equal(source, local);
        Assert.Matches(@"RX:.*\n\s+[1-9]", _node.Ip("-s link show cn2s1"));
        Assert.Empty(_node.Ip("neigh show dev cn2s0 nud failed").Trim());
    }

    [Fact]
    public void Apply_Again_DoesNothing()
    {
        ServicePairReport first = Apply(Spec);
        ServicePairReport second = Apply(Spec);
        Assert.NotEmpty(first.Steps);
        Assert.Empty(second.Steps);
        Assert.Equal((first.Near.Index, first.Near.Mac, first.Far.Mac), (second.Near.Index, second.Near.Mac, second.Far.Mac));
    }

    [Theory]
    [InlineData("link set cn2s0 down")]
    [InlineData("link set cn2s1 mtu 1300")]
    [InlineData("link set cn2s1 arp on")]
    [InlineData("route del 10.96.0.0/16")]
    [InlineData("route replace 10.96.0.0/16 dev cn2s0 proto 194 scope link")]
    [InlineData("-6 route del fd96::/112")]
    [InlineData("link del cn2s0")]
    [InlineData("link set cn2s1 name elsewhere")]
    public void Apply_Damaged_Repairs(string damage)
    {
        Apply(Spec);
        _node.Ip(damage);
        Assert.NotEmpty(Apply(Spec).Steps);
        Assert.Empty(Apply(Spec).Steps);
        Assert.Contains("src 192.0.2.1", _node.Ip("route show 10.96.0.0/16 dev cn2s0"), StringComparison.Ordinal);
        Assert.Contains("src 2001:db8::1", _node.Ip("-6 route show fd96::/112 dev cn2s0"), StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_StrictFilterLoosened_TightensItAgain()
    {
        Apply(Spec);
        _node.Exec("sysctl -qw net.ipv4.conf.cn2s0.rp_filter=0 net.ipv6.conf.cn2s0.accept_ra=1");
        Assert.Equal(2, Apply(Spec).Steps.OfType<WriteSetting>().Count());
        Assert.Equal("1", _node.In(() => new Sysctl().Read("net/ipv4/conf/cn2s0/rp_filter")));
        Assert.Equal("0", _node.In(() => new Sysctl().Read("net/ipv6/conf/cn2s0/accept_ra")));
    }

    [Fact]
    public void Apply_ForwardingNode_NothingGoesRoundInThePair()
    {
        _node.Exec("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
        Apply(Spec);
        long before = Received("cn2s1");
        _node.In(() =>
        {
            foreach (string service in (string[])["10.96.0.10", "fd96::10"])
            {
                IPAddress address = IPAddress.Parse(service);
                using Socket socket = new(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
                socket.Connect(address, 53);
                socket.Send(new byte[100]);
            }
        });

        // One pass each; a loop would show up to 64 passes of a packet.
        Assert.InRange(Received("cn2s1") - before, 2, 4);
    }

    [Fact]
    public void Apply_SubnetsChange_RoutesFollow()
    {
        Apply(Spec);
        Apply(Spec with { ServiceSubnets = [IpPrefix.Parse("10.97.0.0/16")] });
        Assert.Equal(["10.97.0.0/16"], _kernel.GetRoutes().Where(r => r.Protocol == ServicePairPlan.RouteProtocol).Select(r => r.Destination.ToString()));
    }

    [Fact]
    public void Apply_NameTakenByABridge_RefusedAndLeftAlone()
    {
        _node.Ip("link add cn2s1 type bridge");
        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => Apply(Spec));
        Assert.Contains("cn2s1", refusal.Message, StringComparison.Ordinal);
        Assert.False(_node.In(() => Pair().Remove(Spec)));
        Assert.NotNull(_kernel.GetLink("cn2s1"));
    }

    [Fact]
    public void Remove_AfterApply_LeavesNothing()
    {
        Apply(Spec);
        Assert.True(_node.In(() => Pair().Remove(Spec)));
        Assert.Equal(["lo"], _kernel.GetLinks().Select(link => link.Name));
        Assert.DoesNotContain(_kernel.GetRoutes(), route => route.Protocol == ServicePairPlan.RouteProtocol);
        Assert.False(_node.In(() => Pair().Remove(Spec)));
    }

    private long Received(string name) =>
        long.Parse(_node.Exec($"cat /sys/class/net/{name}/statistics/rx_packets"), System.Globalization.CultureInfo.InvariantCulture);

    private NodeServicePair Pair() => new(_kernel, new Sysctl());

    private ServicePairReport Apply(ServicePairSpec spec) => _node.In(() => Pair().Apply(spec));
}
