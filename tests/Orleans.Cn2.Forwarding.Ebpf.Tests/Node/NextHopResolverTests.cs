using System.Threading.Channels;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.NextHops;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Node;

/// <summary>A node and a pod joined by a veth pair, as most CNI plugins make it.</summary>
public sealed class NextHopResolverTests : IAsyncDisposable
{
    private readonly TestNamespace _node = new();
    private readonly TestNamespace _pod = new();
    private readonly Channel<NextHop> _told = Channel.CreateUnbounded<NextHop>();
    private readonly CancellationTokenSource _stop = Bound.Start();
    private readonly NextHopResolver _resolver;
    private readonly RtNetlink _kernel;
    private readonly Task _running;

    public NextHopResolverTests()
    {
        _node.Ip($"link add veth0 type veth peer name eth0 netns {_pod.Name}");
        _node.Ip("addr add 10.1.0.1/24 dev veth0");
        _node.Ip("addr add fd01::1/64 dev veth0 nodad");
        _node.Ip("link set veth0 up");
        _pod.Ip("link set eth0 address 02:00:00:00:00:55");
        _pod.Ip("addr add 10.1.0.5/24 dev eth0");
        _pod.Ip("addr add fd01::5/64 dev eth0 nodad");
        _pod.Ip("link set eth0 up");
        _kernel = _node.In(RtNetlink.Open);
        _resolver = _node.In(() => NextHopResolver.Open(hop => _told.Writer.TryWrite(hop)));
        _running = _resolver.RunAsync(null, _stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
        _resolver.Dispose();
        _kernel.Dispose();
        _node.Dispose();
        _pod.Dispose();
        _stop.Dispose();
    }

    [Theory]
    [InlineData("10.1.0.5")]
    [InlineData("fd01::5")]
    public async Task SetTargets_LocalPod_IsResolvedByAsking(string address)
    {
        _resolver.SetTargets([new NextHopTarget(IpAddress.Parse(address), IsLocal: true)]);
        NextHop hop = await NextAsync(told => told.Status == NextHopStatus.Resolved);
        Link link = _kernel.GetLink("veth0")!;
        Assert.Equal((link.Index, "02:00:00:00:00:55", link.Mac), (hop.LinkIndex, hop.DestinationMac.ToString(), hop.SourceMac));
        Assert.True(_resolver.TryGet(hop.Target.Address, out NextHop? kept));
        Assert.Equal(hop, kept);
    }

    [Fact]
    public async Task RunAsync_PodChangesItsMac_IsTold()
    {
        _resolver.SetTargets([new NextHopTarget(IpAddress.Parse("10.1.0.5"), IsLocal: true)]);
        await NextAsync(told => told.Status == NextHopStatus.Resolved);
        _pod.Ip("link set eth0 address 02:00:00:00:00:66");
        _node.Ip("neigh flush dev veth0");
        _node.Ip("neigh replace 10.1.0.5 lladdr 02:00:00:00:00:66 dev veth0");
        await NextAsync(told => told.DestinationMac == MacAddress.Parse("02:00:00:00:00:66"));
    }

    [Fact]
    public async Task RunAsync_SilentAddress_FailsAndResolvesWhenItAppears()
    {
        _node.Exec("sysctl -qw net.ipv4.neigh.veth0.retrans_time_ms=20");
        _resolver.SetTargets([new NextHopTarget(IpAddress.Parse("10.1.0.8"), IsLocal: true)]);
        await NextAsync(told => told.Status == NextHopStatus.Failed);
        _pod.Ip("addr add 10.1.0.8/24 dev eth0");
        NextHop hop = await NextAsync(told => told.Status == NextHopStatus.Resolved);
        Assert.Equal("02:00:00:00:00:55", hop.DestinationMac.ToString());
    }

    [Fact]
    public async Task RunAsync_RouteOfARemoteChanges_NextHopFollows()
    {
        IpAddress remote = IpAddress.Parse("10.2.0.9");
        _resolver.SetTargets([new NextHopTarget(remote, IsLocal: false)]);
        await NextAsync(told => told.Status == NextHopStatus.Unroutable);
        _node.Ip("route add 10.2.0.0/24 via 10.1.0.5");
        Assert.Equal(IpAddress.Parse("10.1.0.5"), (await NextAsync(told => told.Status == NextHopStatus.Resolved)).Via);
        _node.Ip("route replace 10.2.0.0/24 via 10.1.0.6");
        await NextAsync(told => told.Via == IpAddress.Parse("10.1.0.6"));
        _node.Ip("link set veth0 down");
        await NextAsync(told => told.Status == NextHopStatus.Unroutable);
    }

    [Fact]
    public async Task RunAsync_PodGoes_IsUnroutable()
    {
        _resolver.SetTargets([new NextHopTarget(IpAddress.Parse("10.1.0.5"), IsLocal: true)]);
        await NextAsync(told => told.Status == NextHopStatus.Resolved);
        _node.Ip("link del veth0");
        await NextAsync(told => told.Status == NextHopStatus.Unroutable);
    }

    [Fact]
    public async Task RunAsync_PodBehindABridge_NamesThePort()
    {
        _node.Ip("link add br0 type bridge");
        _node.Ip("link set br0 address 02:00:00:00:00:01 up");
        _node.Ip("addr flush dev veth0");
        _node.Ip("link set veth0 master br0");
        _node.Ip("addr add 10.1.0.1/24 dev br0");
        _resolver.SetTargets([new NextHopTarget(IpAddress.Parse("10.1.0.5"), IsLocal: true)]);
        NextHop hop = await NextAsync(told => told.Status == NextHopStatus.Resolved);
        Assert.Equal(
            (_kernel.GetLink("veth0")!.Index, _kernel.GetLink("br0")!.Index, "02:00:00:00:00:55", "02:00:00:00:00:01"),
            (hop.LinkIndex, hop.RouteLinkIndex, hop.DestinationMac.ToString(), hop.SourceMac.ToString()));
    }

    private async Task<NextHop> NextAsync(Func<NextHop, bool> wanted)
    {
        while (true)
        {
            NextHop told = await _told.Reader.ReadAsync(_stop.Token);
            if (wanted(told))
            {
                return told;
            }
        }
    }
}
