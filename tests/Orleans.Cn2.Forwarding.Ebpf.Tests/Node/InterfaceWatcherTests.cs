using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.Interfaces;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Node;

public sealed class InterfaceWatcherTests
{
    [Fact]
    public async Task WatchAsync_InterfacesComeMoveAndGo_EachIsTold()
    {
        using TestNamespace node = new();
        using TestNamespace pod = new();
        node.Ip("link add eth0 type veth peer name x0");
        using InterfaceWatcher watcher = node.In(() => InterfaceWatcher.Open(new InterfacePatterns()));
        using CancellationTokenSource bound = Bound.Start();
        await using IAsyncEnumerator<InterfaceChange> changes = watcher.WatchAsync(bound.Token).GetAsyncEnumerator(bound.Token);

        Assert.True(await changes.MoveNextAsync());
        Assert.Equal("eth0", Assert.Single(changes.Current.Attached).Name);

        node.Ip("link add veth0 type veth peer name x1");
        NodeInterface attached = await NextAsync(changes, change => change.Attached);
        Assert.Equal(("veth0", InterfaceRole.PodSide, LinkLayer.Ethernet), (attached.Name, attached.Role, attached.Layer));

        node.Ip($"link set veth0 netns {pod.Name}");
        Assert.Equal("veth0", (await NextAsync(changes, change => change.Detached)).Name);
        pod.Ip($"link set veth0 netns {node.Name}");
        Assert.Equal("veth0", (await NextAsync(changes, change => change.Attached)).Name);

        node.Ip("link set veth0 name other0");
        Assert.Equal("veth0", (await NextAsync(changes, change => change.Detached)).Name);
        node.Ip("tuntap add en0 mode tun");
        NodeInterface tunnel = await NextAsync(changes, change => change.Attached);
        Assert.Equal(("en0", LinkLayer.RawIp), (tunnel.Name, tunnel.Layer));
        node.Ip("link del eth0");
        Assert.Equal("eth0", (await NextAsync(changes, change => change.Detached)).Name);
    }

    private static async Task<NodeInterface> NextAsync(
        IAsyncEnumerator<InterfaceChange> changes, Func<InterfaceChange, IReadOnlyList<NodeInterface>> wanted)
    {
        do
        {
            Assert.True(await changes.MoveNextAsync());
        }
        while (wanted(changes.Current).Count == 0);
        return Assert.Single(wanted(changes.Current));
    }
}
