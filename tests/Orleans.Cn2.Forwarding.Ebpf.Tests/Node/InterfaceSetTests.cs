using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.Interfaces;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Node;

public sealed class InterfaceSetTests
{
    private readonly InterfaceSet _set = new(new InterfacePatterns());

    [Fact]
    public void Reset_First_AttachesWhatMatches()
    {
        InterfaceChange change = _set.Reset([At(1, "lo"), At(2, "eth0"), At(3, "veth1"), At(4, "docker0")]);
        Assert.Equal(["eth0", "veth1"], change.Attached.Select(a => a.Name));
        Assert.Equal([InterfaceRole.Uplink, InterfaceRole.PodSide], change.Attached.Select(a => a.Role));
        Assert.Empty(change.Detached);
    }

    [Fact]
    public void Reset_WithoutOne_DetachesIt()
    {
        _set.Reset([At(2, "eth0"), At(3, "veth1")]);
        Assert.Equal(["veth1"], _set.Reset([At(2, "eth0")]).Detached.Select(a => a.Name));
        Assert.Equal(["eth0"], _set.Attached.Select(a => a.Name));
    }

    [Fact]
    public void Reset_Same_IsEmpty()
    {
        Link[] links = [At(2, "eth0"), At(3, "veth1")];
        _set.Reset(links);
        Assert.True(_set.Reset(links).IsEmpty);
    }

    [Fact]
    public void Reset_OtherDeviceUnderTheIndex_DetachesAndAttaches()
    {
        _set.Reset([At(3, "veth1", mac: 1)]);
        InterfaceChange change = _set.Reset([At(3, "veth2", mac: 2)]);
        Assert.Equal("veth1", Assert.Single(change.Detached).Name);
        Assert.Equal("veth2", Assert.Single(change.Attached).Name);
    }

    [Fact]
    public void Apply_RenamedWithinARole_IsUpdatedOnly()
    {
        _set.Reset([At(3, "veth1", mac: 1)]);
        InterfaceChange change = Set(At(3, "cali9", mac: 1));
        Assert.Equal("cali9", Assert.Single(change.Updated).Name);
        Assert.Empty(change.Detached);
        Assert.Empty(change.Attached);
    }

    [Fact]
    public void Apply_RenamedOutOfThePatterns_IsDetached()
    {
        _set.Reset([At(3, "veth1", mac: 1)]);
        Assert.Equal("veth1", Assert.Single(Set(At(3, "other", mac: 1)).Detached).Name);
        Assert.Equal("veth1", Assert.Single(Set(At(3, "veth1", mac: 1)).Attached).Name);
    }

    [Fact]
    public void Apply_RenamedIntoAnotherRole_IsDetachedAndAttached()
    {
        _set.Reset([At(3, "veth1", mac: 1)]);
        InterfaceChange change = Set(At(3, "eth7", mac: 1));
        Assert.Equal(InterfaceRole.PodSide, Assert.Single(change.Detached).Role);
        Assert.Equal(InterfaceRole.Uplink, Assert.Single(change.Attached).Role);
    }

    [Fact]
    public void Apply_CameAndWentInOneBatch_IsNotTold()
    {
        _set.Reset([]);
        Assert.True(_set.Apply([new LinkChanged(At(3, "veth1"), false), new LinkChanged(At(3, "veth1"), true)]).IsEmpty);
    }

    [Fact]
    public void Apply_IndexGivenAgainInOneBatch_DetachesTheOldAndAttachesTheNew()
    {
        _set.Reset([At(3, "veth1", mac: 1)]);
        InterfaceChange change = _set.Apply([new LinkChanged(At(3, "veth1", mac: 1), true), new LinkChanged(At(3, "veth1", mac: 2), false)]);
        Assert.Equal(Mac(1), Assert.Single(change.Detached).Link.Mac);
        Assert.Equal(Mac(2), Assert.Single(change.Attached).Link.Mac);
    }

    [Fact]
    public void Apply_UnknownFraming_IsRefusedOnce()
    {
        Link infiniband = At(3, "en0") with { HardwareType = 32 };
        Assert.Equal("en0", Assert.Single(Set(infiniband).Refused).Name);
        Assert.True(Set(infiniband).IsEmpty);
        Assert.Empty(_set.Attached);
        Assert.True(_set.Reset([]).IsEmpty);
    }

    [Fact]
    public void Apply_RemovalOfAnUnknown_IsEmpty() =>
        Assert.True(_set.Apply([new LinkChanged(At(9, "veth9"), true)]).IsEmpty);

    private InterfaceChange Set(Link link) => _set.Apply([new LinkChanged(link, false)]);

    private static MacAddress Mac(byte last) => MacAddress.FromBytes([2, 0, 0, 0, 0, last]);

    private static Link At(int index, string name, byte mac = 1) =>
        new() { Index = index, Name = name, HardwareType = 1, Mac = Mac(mac), Mtu = 1500 };
}
