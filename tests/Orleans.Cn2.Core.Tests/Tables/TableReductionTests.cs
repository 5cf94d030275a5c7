using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Core.Tests.Tables;

public sealed class TableReductionTests
{
    /// <summary>Paths as "number state": a active, s draining serving, d draining; weight 2 in what is wanted.</summary>
    [Theory]
    [InlineData("1a 2a 3a", "1a 3a", "1a 3a")] // a path that is gone goes
    [InlineData("1a 2a", "1a 2d", "1a 2d")] // one that drains drains
    [InlineData("1a 2d", "1a 2a", "1a 2d")] // one that would be selectable again takes a slot, and waits
    [InlineData("1a 2s", "1a 2d", "1a 2d")]
    [InlineData("1a", "1a 2a", "1a")] // a new one waits
    [InlineData("1a 2a", "", "")]
    public void Of_Paths_AreThoseThatTakeNoRoom(string held, string wanted, string expected) =>
        Assert.Equal(Table((80, expected, 1)), TableReduction.Of(Table((80, held, 1)), Table((80, wanted, 2))));

    [Fact]
    public void Of_Frontends_AreThoseOfBoth() => Assert.Equal(
        Table((80, "1a", 1)), TableReduction.Of(Table((80, "1a 2a", 1), (443, "1a", 1)), Table((80, "1a 3a", 2), (8443, "1a", 2))));

    private static ServiceTable Table(params (ushort Port, string Paths, ushort Weight)[] frontends) => new(
        Guid.Empty, new NamespacedName("default", "web"), 1,
        [.. frontends.Select(each => new Frontend(
            IpAddress.Parse("10.96.0.10"), TransportProtocol.Tcp, each.Port, each.Port, FrontendFlags.None, 0,
            [.. each.Paths.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(path => new EcmpPath(
                IpAddress.Parse($"10.244.0.{path[0]}"), 8080, each.Weight,
                path[1] switch { 'a' => PathState.Active, 's' => PathState.DrainingServing, _ => PathState.Draining }, path[0]))]))]);
}
