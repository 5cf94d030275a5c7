using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Node;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Attach;

/// <summary>Beside the programs, filters and rules of others: whose turn it is when, and that a policy holds for the translated packet.</summary>
public sealed class CoexistenceTests : IDisposable
{
    /// <summary>Classic BPF in direct action: an IPv4 frame to 10.244.0.3, a VMI, is dropped, all else goes on.</summary>
    private const string DropToServer = "6,40 0 0 12,21 0 3 2048,32 0 0 30,21 0 1 183762947,6 0 0 2,6 0 0 4294967295";

    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);

    private readonly PodNode _node = new("bpf-beside");

    [Theory]
    [InlineData(AttachKind.Tcx)]
    [InlineData(AttachKind.Clsact)]
    public async Task Conntrack_InvalidIsDropped_StackModeIsChosenAndNothingIsInvalid(AttachKind attach)
    {
        _node.Net.Exec("node", "nft",
            "table inet guard { chain passing { type filter hook forward priority 0; ct state invalid counter drop; ct state established,related accept; }; "
            + "chain entering { type filter hook input priority 0; ct state invalid counter drop; }; chain leaving { type filter hook output priority 0; ct state invalid counter drop; }; }");
        await using EbpfPlane plane = _node.Open(attach: attach);
        Assert.Equal("stack", plane.ReadStatus().Mode);
        foreach (IpFamily family in Enum.GetValues<IpFamily>())
        {
            _node.ServeTcp("server", family);
            _node.ServeUdp("server", family);
            Assert.Empty(plane.Apply(PodNode.Service(family, PodNode.Server(family))));

            Assert.Equal($"seen {PodNode.Pod(family, 2)}", await _node.AskTcpAsync("client", family));
            Assert.Equal($"seen {PodNode.Pod(family, 2)}", await _node.AskUdpAsync("client", family));
            Assert.Equal($"seen {PodNode.Node(family)}", await _node.AskTcpAsync("node", family));
        }

        Assert.Equal(3, _node.Net.Exec("node", "nft", "list", "ruleset").Split("ct state invalid counter packets 0 ").Length - 1);
    }

    [Theory]
    [InlineData(AttachKind.Tcx)]
    [InlineData(AttachKind.Clsact)]
    public async Task ForwardPolicy_DropsOneVmi_HoldsForTheTranslatedPacket(AttachKind attach)
    {
        _node.Net.Exec("node", "nft", "table inet rules { chain passing { type filter hook forward priority 0; ip daddr 10.244.0.3 counter drop; }; }");
        await using EbpfPlane plane = _node.Open(attach: attach);
        _node.ServeTcp("server", IpFamily.IPv4);
        Assert.Empty(plane.Apply(PodNode.Service(IpFamily.IPv4, PodNode.Server(IpFamily.IPv4))));

        await Assert.ThrowsAsync<TimeoutException>(() => _node.AskTcpAsync("client", IpFamily.IPv4, Short));

        Assert.DoesNotContain("counter packets 0 ", _node.Net.Exec("node", "nft", "list", "ruleset"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AttachKind.Tcx)]
    [InlineData(AttachKind.Clsact)]
    public async Task TrafficFilterOfACni_OnThePodsInterface_SeesTheTranslatedPacketAfterUs(AttachKind attach)
    {
        _node.Net.Exec("node", "tc", "qdisc", "add", "dev", "cn2p2", "clsact");
        _node.Net.Exec("node", "tc", "filter", "add", "dev", "cn2p2", "ingress", "pref", "10", "bpf", "da", "bytecode", DropToServer);
        await using EbpfPlane plane = _node.Open(attach: attach);
        _node.ServeTcp("server", IpFamily.IPv4);
        Assert.Empty(plane.Apply(PodNode.Service(IpFamily.IPv4, PodNode.Server(IpFamily.IPv4))));

        Assert.Equal("stack", plane.ReadStatus().Mode);
        Assert.Contains(plane.ReadStatus().ModeReasons, reason => reason.Contains("tc ingress filter of kind bpf on cn2p2", StringComparison.Ordinal));
        await Assert.ThrowsAsync<TimeoutException>(() => _node.AskTcpAsync("client", IpFamily.IPv4, Short));

        _node.Net.Exec("node", "tc", "filter", "del", "dev", "cn2p2", "ingress", "pref", "10");
        Assert.Equal("seen 10.244.0.2", await _node.AskTcpAsync("client", IpFamily.IPv4));
    }

    [Theory]
    [InlineData(AttachKind.Tcx)]
    [InlineData(AttachKind.Clsact)]
    public async Task TcxProgramOfAnother_BeforeAndAfterOurs_BothStay(AttachKind attach)
    {
        using RtNetlink kernel = _node.Net.In("node").Run(RtNetlink.Open);
        int index = kernel.GetLink("cn2p2")!.Index;
        using TcxProgram before = _node.Net.In("node").Run(() => TcxProgram.Attach(index, ingress: true));
        await using EbpfPlane plane = _node.Open(attach: attach);
        using TcxProgram after = _node.Net.In("node").Run(() => TcxProgram.Attach(index, ingress: true));
        _node.ServeTcp("server", IpFamily.IPv6);
        Assert.Empty(plane.Apply(PodNode.Service(IpFamily.IPv6, PodNode.Server(IpFamily.IPv6))));

        Assert.Equal("seen fd00:244::2", await _node.AskTcpAsync("client", IpFamily.IPv6));

        uint ours = plane.Path.ProgramOf(HookKind.Ingress, LinkLayer.Ethernet).Id;
        uint[] expected = attach == AttachKind.Tcx ? [before.Id, ours, after.Id] : [before.Id, after.Id];
        Assert.Equal(expected, _node.Net.In("node").Run(() => TcxReader.Read(index).Where(program => program.Direction == "ingress").Select(program => program.ProgramId).ToArray()));
    }

    public void Dispose() => _node.Dispose();
}
