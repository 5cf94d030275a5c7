using Orleans.Cn2.Netlink.Interfaces;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Node;

public sealed class InterfacePatternsTests
{
    [Theory]
    [InlineData("eth0", InterfaceRole.Uplink)]
    [InlineData("enp3s0", InterfaceRole.Uplink)]
    [InlineData("cn2p12", InterfaceRole.PodSide)]
    [InlineData("veth1a2b", InterfaceRole.PodSide)]
    [InlineData("cali0", InterfaceRole.PodSide)]
    [InlineData("lxc_health", InterfaceRole.PodSide)]
    [InlineData("lo", null)]
    [InlineData("cn2s0", null)]
    [InlineData("cn2s1", null)]
    [InlineData("docker0", null)]
    [InlineData("Eth0", null)]
    [InlineData("myeth0", null)]
    public void RoleOf_Defaults_ByName(string name, InterfaceRole? role) => Assert.Equal(role, new InterfacePatterns().RoleOf(name));

    [Theory]
    [InlineData("p0", InterfaceRole.PodSide)]
    [InlineData("p12", null)]
    [InlineData("eth0", InterfaceRole.Uplink)]
    [InlineData("eth1", null)]
    [InlineData("lo", null)]
    [InlineData("e.100", InterfaceRole.Uplink)]
    public void RoleOf_OwnPatterns_ExclusionFirstThenPodSide(string name, InterfaceRole? role)
    {
        InterfacePatterns patterns = new() { PodSide = ["p?"], Uplinks = ["*"], Excluded = ["eth1", "p??"] };
        Assert.Equal(role, patterns.RoleOf(name));
    }
}
