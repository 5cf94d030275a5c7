using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Netlink;

public sealed class RouteMonitorTests : IDisposable
{
    private const MonitorGroups Everything =
        MonitorGroups.Links | MonitorGroups.Addresses | MonitorGroups.Routes | MonitorGroups.Neighbours | MonitorGroups.Rules;

    private readonly TestNamespace _node = new();
    private readonly RtNetlink _kernel;

    public RouteMonitorTests() => _kernel = _node.In(RtNetlink.Open);

    public void Dispose()
    {
        _kernel.Dispose();
        _node.Dispose();
    }

    [Fact]
    public async Task ReadAsync_ChangesOfEveryKind_AreTold()
    {
        using RouteMonitor monitor = _node.In(() => RouteMonitor.Open(Everything));
        _kernel.AddVethPair(new VethEnd("a0"), new VethEnd("a1"));
        Link link = _kernel.GetLink("a0")!;
        _kernel.SetFlags(link.Index, LinkFlags.Up);
        _kernel.AddAddress(link.Index, IpAddress.Parse("10.7.0.1"), 24);
        _kernel.ReplaceNeighbour(link.Index, IpAddress.Parse("10.7.0.2"), MacAddress.Parse("02:00:00:00:00:02"));
        _node.Ip("rule add iif a0 lookup 77");
        _node.Ip("link set a1 name renamed");
        _kernel.DeleteLink(link.Index);

        List<NetworkEvent> told = await ReadToAsync(monitor, change => change is LinkChanged { Removed: true, Link.Name: "a0" });
        Assert.Contains(told, change => change is LinkChanged { Removed: false, Link: { Name: "a0", Kind: "veth" } });
        Assert.Contains(told, change => change is LinkChanged { Removed: false, Link.Name: "renamed" });
        Assert.Contains(told, change => change is AddressChanged { Removed: false } added && added.Address.Address == IpAddress.Parse("10.7.0.1"));
        Assert.Contains(told, change => change is RouteChanged { Removed: false } added && added.Route.Destination == IpPrefix.Parse("10.7.0.0/24"));
        Assert.Contains(told, change => change is NeighbourChanged { Removed: false } added && added.Neighbour.Address == IpAddress.Parse("10.7.0.2"));
        Assert.Contains(told, change => change is RulesChanged);
        Assert.DoesNotContain(told, change => change is EventsLost);
    }

    [Fact]
    public async Task ReadAsync_PortLeavesBridge_IsNoRemovalOfTheInterface()
    {
        _node.Ip("link add br0 type bridge");
        _kernel.AddVethPair(new VethEnd("a0"), new VethEnd("a1"));
        _node.Ip("link set a0 master br0");
        using RouteMonitor monitor = _node.In(() => RouteMonitor.Open(MonitorGroups.Links));
        _node.Ip("link set a0 nomaster");
        _node.Ip("link add last type bridge");

        List<NetworkEvent> told = await ReadToAsync(monitor, change => change is LinkChanged { Link.Name: "last" });
        Assert.DoesNotContain(told, change => change is LinkChanged { Removed: true });
        Assert.Contains(told, change => change is LinkChanged { Link: { Name: "a0", MasterIndex: 0 } });
    }

    [Fact]
    public async Task ReadAsync_QueueOverflows_TellsThatEventsAreLostAndGoesOn()
    {
        using RouteMonitor monitor = _node.In(() => RouteMonitor.Open(MonitorGroups.Links, queueBytes: 4096));
        _kernel.AddVethPair(new VethEnd("a0"), new VethEnd("a1"));
        int index = _kernel.GetLink("a0")!.Index;
        for (uint i = 0; i < 50; i++)
        {
            _kernel.SetMtu(index, 1300 + i);
        }

        await using IAsyncEnumerator<IReadOnlyList<NetworkEvent>> reader = monitor.ReadAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await NextAsync(reader, change => change is EventsLost);
        _kernel.SetMtu(index, 1250);
        await NextAsync(reader, change => change is LinkChanged { Link.Mtu: 1250 });
    }

    [Fact]
    public async Task ReadAsync_Cancelled_Ends()
    {
        using RouteMonitor monitor = _node.In(() => RouteMonitor.Open(MonitorGroups.Links));
        using CancellationTokenSource stop = Bound.Start();
        Task<List<NetworkEvent>> reading = ReadUntilAsync(monitor, _ => false, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    private static async Task NextAsync(IAsyncEnumerator<IReadOnlyList<NetworkEvent>> reader, Func<NetworkEvent, bool> wanted)
    {
        do
        {
            Assert.True(await reader.MoveNextAsync().AsTask().WaitAsync(Bound.Limit, TestContext.Current.CancellationToken));
        }
        while (!reader.Current.Any(wanted));
    }

    private static async Task<List<NetworkEvent>> ReadToAsync(RouteMonitor monitor, Func<NetworkEvent, bool> last)
    {
        using CancellationTokenSource bound = Bound.Start();
        return await ReadUntilAsync(monitor, last, bound.Token);
    }

    private static async Task<List<NetworkEvent>> ReadUntilAsync(
        RouteMonitor monitor, Func<NetworkEvent, bool> last, CancellationToken cancellation)
    {
        List<NetworkEvent> told = [];
        await foreach (IReadOnlyList<NetworkEvent> events in monitor.ReadAsync(cancellation))
        {
            told.AddRange(events);
            if (events.Any(last))
            {
                break;
            }
        }

        return told;
    }
}
