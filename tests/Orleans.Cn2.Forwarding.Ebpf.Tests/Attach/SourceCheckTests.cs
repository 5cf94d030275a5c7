using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Attach;

/// <summary>A pod sends to FloatingIPs only from the addresses that the node routes to it; one that the node does not know sends from any.</summary>
public sealed class SourceCheckTests : IDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1.5);

    private readonly PodNode _node = new("bpf-source");

    [Theory]
    [InlineData(IpFamily.IPv4)]
    [InlineData(IpFamily.IPv6)]
    public async Task RoutedPod_AnAddressThatIsNotItsOwn_IsDroppedUntilItIsRouted(IpFamily family)
    {
        await using EbpfPlane plane = _node.Open(DeliveryMode.Fast);
        _node.ServeTcp("server", family);
        Assert.Empty(plane.Apply(PodNode.Service(family, PodNode.Server(family))));
        await PodNode.UntilAsync(() => plane.Interfaces.Held.All(each => each.Sources.Length == 2), "both pods' addresses are known");
        Assert.Equal($"seen {PodNode.Pod(family, 2)}", await _node.AskTcpAsync("client", family));

        TakeAnotherSource(family);
        await Assert.ThrowsAsync<TimeoutException>(() => _node.AskTcpAsync("client", family, Short));
        Assert.Contains(plane.ReadReasons(), count => count is { Reason: DropReason.SpoofedSource, Reject: false, Packets: > 0 });

        _node.Net.Ip("node", $"route add {PodNode.Pod(family, 22)} dev cn2p2");
        await PodNode.UntilAsync(() => plane.Interfaces.Held.Any(each => each.Sources.Length == 3), "the new route is noticed");
        Assert.Equal($"seen {PodNode.Pod(family, 22)}", await _node.AskTcpAsync("client", family));
    }

    [Theory]
    [InlineData(IpFamily.IPv4)]
    [InlineData(IpFamily.IPv6)]
    public async Task UnknownPod_SendsFromAnyAddress_AndTheOtherFamilyStaysChecked(IpFamily family)
    {
        // The node reaches the pod by a prefix in this family: nothing tells which of its addresses the pod has.
        string prefix = family == IpFamily.IPv4 ? "10.244.0.16/28" : "fd00:244::20/124";
        _node.Net.Ip("node", $"route add {prefix} dev cn2p2");
        await using EbpfPlane plane = _node.Open(DeliveryMode.Fast);
        _node.ServeTcp("server", family);
        Assert.Empty(plane.Apply(PodNode.Service(family, PodNode.Server(family))));
        await PodNode.UntilAsync(() => plane.Interfaces.Held.Any(each => each.Sources.Length == 1), "one family of the client is known");

        TakeAnotherSource(family);

        Assert.Equal($"seen {PodNode.Pod(family, 22)}", await _node.AskTcpAsync("client", family));
    }

    public void Dispose() => _node.Dispose();

    /// <summary>The client sends to FloatingIPs from another address than its own.</summary>
    private void TakeAnotherSource(IpFamily family) => _node.Net.Ip("client", family == IpFamily.IPv4
        ? ["addr add 10.244.0.22/32 dev eth0", "route add 10.96.0.0/16 via 169.254.1.1 src 10.244.0.22"]
        : ["addr add fd00:244::22/128 dev eth0 nodad", "route add fd00:96::/112 via fd00:ffff::1 src fd00:244::22"]);
}
