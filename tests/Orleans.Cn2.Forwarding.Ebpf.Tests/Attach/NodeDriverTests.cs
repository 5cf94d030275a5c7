using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;
using Orleans.Cn2.Netlink.Interfaces;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Attach;

/// <summary>The driver's loops under injected faults, and interfaces that come, go and change their names.</summary>
public sealed class NodeDriverTests : IDisposable
{
    private readonly PodNode _node = new("bpf-driver");

    [Fact]
    public async Task Loops_PublishingFails_IsToldAndTriedAgainUntilItWorks()
    {
        int failures = 4;
        NodeNetwork? published = null;
        using DataPath path = DataPath.Load(EbpfEngine.Small, pins: null);
        await using NodeDriver driver = _node.Net.In("node").Run(() => new NodeDriver(
            path, null, Options, _node.Health, TimeProvider.System, _ => false,
            (network, _) => published = Interlocked.Decrement(ref failures) >= 0 ? throw new IOException("the map is full") : network));

        driver.Start();

        await PodNode.UntilAsync(() => _node.Health.Read() is { IsEmpty: false } parts && parts.All(part => !part.IsFaulty), "every loop works again");
        Assert.Contains(_node.Health.Read(), part => part is { Part: "interfaces", Faults: > 0, Cause: "the map is full" });
        Assert.Equal(2, published!.Interfaces.Length);
        Assert.All(published.Interfaces, each => Assert.NotEmpty(TcxProgramsOf(each.Index)));
    }

    [Fact]
    public async Task Expiry_TableCannotBeRead_IsToldCountedAndTriedAgain()
    {
        await using EbpfPlane plane = _node.Open();

        plane.Path["embryonic"].Dispose();

        await PodNode.UntilAsync(
            () => _node.Health.Read().Any(part => part is { Part: "expiry", IsFaulty: true, Faults: >= 2 }), "expiry is told to fail, again and again");
    }

    [Fact]
    public async Task Interface_ComesIsRenamedAndGoes_IsFollowed()
    {
        await using EbpfPlane plane = _node.Open(Orleans.Cn2.Forwarding.Managed.Network.DeliveryMode.Fast);
        _node.Net.Add("late");
        _node.AddPod("late", 9);
        await PodNode.UntilAsync(() => plane.Interfaces.Held.Count == 3, "the new pod's interface is attached");
        _node.ServeTcp("server", IpFamily.IPv4);
        Assert.Empty(plane.Apply(PodNode.Service(IpFamily.IPv4, PodNode.Server(IpFamily.IPv4))));
        Assert.Equal("seen 10.244.0.9", await _node.AskTcpAsync("late", IpFamily.IPv4));
        int index = _node.Net.In("node").Run(RtNetlink.Open).GetLink("cn2p9")!.Index;

        _node.Net.Ip("node", "link set cn2p9 name other9");
        await PodNode.UntilAsync(() => plane.Interfaces.Held.Count == 2 && TcxProgramsOf(index).Count == 0, "the renamed interface is left");

        _node.Net.Ip("node", "link set other9 name cn2p8");
        await PodNode.UntilAsync(() => plane.Interfaces.Held.Count == 3, "the interface is attached under its new name");
        Assert.Equal("seen 10.244.0.9", await _node.AskTcpAsync("late", IpFamily.IPv4));

        _node.Net.Ip("node", "link del cn2p8");
        await PodNode.UntilAsync(() => plane.Interfaces.Held.Count == 2, "the interface that went is forgotten");
        Assert.DoesNotContain(_node.Health.Read(), part => part.IsFaulty);
    }

    public void Dispose() => _node.Dispose();

    private static EbpfOptions Options { get; } = new()
    {
        Interfaces = new InterfacePatterns { PodSide = ["cn2p*"], Uplinks = [] },
        Attach = AttachKind.Tcx,
        Mode = Orleans.Cn2.Forwarding.Managed.Network.DeliveryMode.Fast,
    };

    private List<uint> TcxProgramsOf(int index) => _node.Net.In("node").Run(() => TcxReader.Read(index).Select(program => program.ProgramId).ToList());
}
