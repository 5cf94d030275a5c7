using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Netlink;

public sealed class SysctlTests
{
    private const string Setting = "net/ipv4/conf/lo/rp_filter";

    [Fact]
    public void Write_InANamespace_ChangesItsOwnSetting()
    {
        using TestNamespace node = new();
        Sysctl settings = new();
        string? outside = settings.Read(Setting);
        node.In(() => settings.Write(Setting, "2"));
        Assert.Equal("2", node.In(() => settings.Read(Setting)));
        Assert.Equal(outside, settings.Read(Setting));
    }

    [Fact]
    public void Read_NoSuchSetting_IsNull() => Assert.Null(new Sysctl().Read("net/ipv4/conf/no-such-interface/rp_filter"));

    [Fact]
    public void Write_NoSuchSetting_NamesItAndTheValue()
    {
        IOException failure = Assert.Throws<IOException>(() => new Sysctl().Write("net/ipv4/conf/no-such-interface/rp_filter", "1"));
        Assert.Contains("no-such-interface/rp_filter to 1", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_RefusedValue_NamesItAndTheValue()
    {
        using TestNamespace node = new();
        IOException failure = Assert.Throws<IOException>(() => node.In(() => new Sysctl().Write(Setting, "many")));
        Assert.Contains("rp_filter to many", failure.Message, StringComparison.Ordinal);
    }
}
