using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Attach;

/// <summary>What others do to links, filters, pins, maps and the node's pair is noticed, told and put right, and packets go on.</summary>
public sealed class RepairTests : IDisposable
{
    private readonly PodNode _node = new("bpf-repair");
    private readonly BpfMount _mount = new();

    [Fact]
    public Task TcxLink_Detached_IsAttachedAgain() => DamageAsync("attachment", AttachKind.Tcx, _ =>
    {
        using BpfHandle link = BpfCalls.OpenPin(LinkPin("ingress"))!;
        BpfCalls.DetachLink(link);
    });

    [Fact]
    public Task TcxLink_ProgramReplaced_GetsOursAgain() => DamageAsync("attachment", AttachKind.Tcx, plane =>
    {
        using BpfHandle link = BpfCalls.OpenPin(LinkPin("ingress"))!;
        BpfCalls.UpdateLink(link, plane.Path.ProgramOf(HookKind.Node, LinkLayer.Ethernet).Program);
    });

    [Fact]
    public Task TcxLink_PinsRemoved_ArePinnedAgain() =>
        DamageAsync("attachment", AttachKind.Tcx, _ => Directory.Delete(Path.GetDirectoryName(LinkPin("ingress"))!, recursive: true));

    [Fact]
    public Task Filter_Removed_IsSetAgain() =>
        DamageAsync("attachment", AttachKind.Clsact, _ => _node.Net.Exec("node", "tc", "filter", "del", "dev", "cn2p2", "ingress"));

    [Fact]
    public Task Clsact_Removed_IsSetAgain() =>
        DamageAsync("attachment", AttachKind.Clsact, _ => _node.Net.Exec("node", "tc", "qdisc", "del", "dev", "cn2p2", "clsact"));

    [Fact]
    public Task MapPin_Removed_IsPinnedAgain() => DamageAsync("maps", AttachKind.Tcx, _ => File.Delete(MapPin("services")));

    [Fact]
    public Task MapPin_OfAnotherMap_IsReplaced() => DamageAsync("maps", AttachKind.Tcx, plane =>
    {
        File.Delete(MapPin("flows"));
        using BpfMap other = BpfMap.Create(plane.Path["flows"].Spec with { Capacity = 8 });
        BpfCalls.Pin(other.Handle, MapPin("flows"));
    });

    [Fact]
    public Task TailCall_Removed_IsSetAgain() => DamageAsync("maps", AttachKind.Tcx, plane => plane.Path["calls"].Remove(0u));

    [Fact]
    public Task Settings_Overwritten_AreWrittenAgain() => DamageAsync("maps", AttachKind.Tcx, plane =>
    {
        plane.Path["settings"].Set(0u, default(SettingsRow));
        plane.Path["settings"].Set(1u, default(SettingsRow));
    });

    [Fact]
    public Task InterfaceRow_Removed_IsWrittenAgain() => DamageAsync("maps", AttachKind.Tcx, plane =>
        plane.Path["interfaces"].Remove((uint)plane.Interfaces.Held.First(each => each.Role == InterfaceRole.Pod).Index));

    [Theory]
    [InlineData("link del cn2s0")]
    [InlineData("link del cn2s1")]
    [InlineData("link set cn2s0 down")]
    [InlineData("route del 10.96.0.0/16")]
    [InlineData("-6 route del fd00:96::/112")]
    public Task ServicePair_Damaged_IsSetUpAgain(string damage) =>
        DamageAsync("service pair", AttachKind.Tcx, _ => _node.Net.Exec("node", "ip", damage.Split(' ')), "node");

    [Fact]
    public Task ServicePair_SettingChanged_IsWrittenAgain() =>
        DamageAsync("service pair", AttachKind.Tcx, _ => _node.Net.Set("node", "net/ipv4/conf/cn2s1/forwarding", "1"), "node");

    [Fact]
    public async Task ServicePair_NameTakenByAForeignInterface_IsAFaultUntilItIsFree()
    {
        _node.Net.Ip("node", "link add cn2s0 type bridge");
        await using EbpfPlane plane = _node.Open();

        PartHealth fault = Assert.Single(_node.Health.Read(), part => part.Part == "service pair");
        Assert.True(fault.IsFaulty);
        Assert.Contains("cn2s0 is an interface of kind bridge", fault.Cause, StringComparison.Ordinal);

        _node.Net.Ip("node", "link del cn2s0");
        await PodNode.UntilAsync(() => _node.Health.Read().All(part => !part.IsFaulty), "the service pair is set up");
    }

    public void Dispose()
    {
        _node.Dispose();
        _mount.Dispose();
    }

    /// <summary>Does damage and waits until the part tells a repair, and a new connection of each family passes.</summary>
    private async Task DamageAsync(string part, AttachKind attach, Action<EbpfPlane> damage, string client = "client")
    {
        await using EbpfPlane plane = _node.Open(DeliveryMode.Fast, attach, _mount.Directory);
        foreach (IpFamily family in Enum.GetValues<IpFamily>())
        {
            _node.ServeTcp("server", family);
        }

        Assert.Empty(plane.Apply(PodNode.Service(IpFamily.IPv4, PodNode.Server(IpFamily.IPv4))));
        await _node.AskTcpAsync(client, IpFamily.IPv4);
        Assert.DoesNotContain(_node.Health.Read(), each => each.Repairs > 0 || each.IsFaulty);

        damage(plane);

        await PodNode.UntilAsync(() => _node.Health.Read().Any(each => each.Part == part && each.Repairs > 0), $"{part} puts it right");
        foreach (IpFamily family in Enum.GetValues<IpFamily>())
        {
            Assert.Empty(plane.Apply(PodNode.Service(family, PodNode.Server(family))));
            Assert.StartsWith("seen ", await _node.AskTcpAsync(client, family), StringComparison.Ordinal);
        }

        Assert.True(File.Exists(MapPin("services")));
        Assert.DoesNotContain(_node.Health.Read(), each => each.IsFaulty);
    }

    private string LinkPin(string hook)
    {
        using RtNetlink kernel = _node.Net.In("node").Run(RtNetlink.Open);
        return Path.Combine(_mount.Directory, "node", $"v{MapSpecs.LayoutVersion}", "links", $"{kernel.GetLink("cn2p2")!.Index}-{hook}");
    }

    private string MapPin(string map) => Path.Combine(_mount.Directory, "node", $"v{MapSpecs.LayoutVersion}", "maps", map);
}
