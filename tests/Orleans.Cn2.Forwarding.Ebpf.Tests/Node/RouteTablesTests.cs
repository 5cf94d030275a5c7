using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.Routing;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Node;

/// <summary>A copy of routing tables: what it answers, and where it knows that it can't.</summary>
public sealed class RouteTablesTests
{
    private const uint Own = 100;

    private static readonly LookupRule[] Usual =
    [
        new(RuleEffect.Lookup, RoutingRule.LocalTable), new(RuleEffect.Lookup, Route.MainTable), new(RuleEffect.Lookup, 253),
    ];

    [Theory]
    [InlineData("10.1.2.3", 4)]
    [InlineData("10.1.9.9", 3)]
    [InlineData("10.9.9.9", 2)]
    [InlineData("198.51.100.1", 1)]
    [InlineData("fd01::3", 6)]
    [InlineData("fd02::3", 5)]
    public void TryFind_SeveralPrefixes_TheLongestCounts(string address, int link) => Assert.Equal(link, LinkOf(
        Of(Via("0.0.0.0/0", 1), Via("10.0.0.0/8", 2), Via("10.1.0.0/16", 3), Via("10.1.2.3/32", 4), Via("::/0", 5), Via("fd01::/64", 6)), address));

    [Fact]
    public void TryFind_NoRoute_IsKnownToBeNone()
    {
        Assert.True(Of(Via("10.0.0.0/8", 2)).TryFind(IpAddress.Parse("198.51.100.1"), out Route? none));
        Assert.Null(none);
    }

    [Theory]
    [InlineData(RouteType.Blackhole)]
    [InlineData(RouteType.Unreachable)]
    [InlineData(RouteType.Prohibit)]
    public void TryFind_RouteThatRefuses_IsNoneThoughAShorterOneLeadsOn(RouteType type)
    {
        Assert.True(Of(Via("0.0.0.0/0", 1), Via("10.0.0.0/8", 0) with { Type = type }).TryFind(IpAddress.Parse("10.0.0.1"), out Route? none));
        Assert.Null(none);
    }

    [Fact]
    public void TryFind_SeveralMetrics_TheLeastCounts() =>
        Assert.Equal(3, LinkOf(Of(Via("10.0.0.0/8", 2) with { Metric = 20 }, Via("10.0.0.0/8", 3) with { Metric = 10 }, Via("10.0.0.0/8", 4) with { Metric = 30 }), "10.0.0.1"));

    [Fact]
    public void TryFind_TablesInTheOrderOfTheirRules_TheFirstThatHasARouteCounts()
    {
        RouteTables tables = RouteTables.Of(
            [new(RuleEffect.None, 7), new(RuleEffect.Lookup, Own), new(RuleEffect.Lookup, Route.MainTable)], [],
            [Via("10.1.0.0/16", 1), Via("10.0.0.0/8", 2) with { Table = Own }, Via("0.0.0.0/0", 3), Via("10.1.2.0/24", 4) with { Table = 7 }]);
        Assert.Equal((2, 3), (LinkOf(tables, "10.1.2.3"), LinkOf(tables, "198.51.100.1")));
    }

    [Theory]
    [InlineData("127.0.0.5")]
    [InlineData("0.1.2.3")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("fe80::1")]
    [InlineData("ff02::1")]
    public void TryFind_AddressOfItsOwnKind_IsForTheKernel(string address) =>
        Assert.False(Of(Via("0.0.0.0/0", 1), Via("::/0", 1)).TryFind(IpAddress.Parse(address), out _));

    [Fact]
    public void TryFind_RuleThatMayMatch_IsForTheKernelUnlessARouteComesBefore()
    {
        RouteTables tables = RouteTables.Of(
            [new(RuleEffect.Lookup, RoutingRule.LocalTable), new(RuleEffect.Unknown, Own), new(RuleEffect.Lookup, Route.MainTable)], [],
            [Via("0.0.0.0/0", 1), Local("192.0.2.1/32")]);
        Assert.False(tables.TryFind(IpAddress.Parse("10.0.0.1"), out _));
        Assert.True(tables.TryFind(IpAddress.Parse("192.0.2.1"), out Route? own));
        Assert.Equal(RouteType.Local, own!.Type);
    }

    [Fact]
    public void TryFind_RouteThatIsNotPlain_IsForTheKernelForItsAddressesAlone()
    {
        RouteTables tables = Of(Via("0.0.0.0/0", 1), Via("10.0.0.0/8", 2) with { IsPlain = false });
        Assert.False(tables.TryFind(IpAddress.Parse("10.0.0.1"), out _));
        Assert.Equal(1, LinkOf(tables, "198.51.100.1"));
    }

    [Theory]
    [InlineData("fd01::/64", "fd01::1", 1u, 2u)]
    [InlineData("fd01::/64", "fd01::1", 1u, 1u)]
    [InlineData("10.0.0.0/8", "10.0.0.1", 1u, 1u)]
    public void TryFind_SeveralRoutesOfWhichTheKernelChooses_IsForTheKernel(string prefix, string address, uint first, uint second) =>
        Assert.False(Of(Via(prefix, 1) with { Metric = first }, Via(prefix, 2) with { Metric = second }).TryFind(IpAddress.Parse(address), out _));

    [Fact]
    public void TryFind_PrefixInTheLocalTable_IsForTheKernel() =>
        Assert.False(Of(Local("10.0.0.0/8"), Via("10.1.0.0/16", 2)).TryFind(IpAddress.Parse("10.1.0.1"), out _));

    [Fact]
    public void TryFind_NoRulesKnown_IsForTheKernel() =>
        Assert.False(RouteTables.Of([], Usual, [Via("0.0.0.0/0", 1)]).TryFind(IpAddress.Parse("10.0.0.1"), out _));

    [Fact]
    public void Of_MoreRoutesThanAreCopied_IsUnknown()
    {
        Route[] many = [.. Enumerable.Range(0, RouteTables.MostRoutes + 1).Select(i => Via($"10.{(i >> 16) & 255}.{(i >> 8) & 255}.{i & 255}/32", 1))];
        Assert.NotSame(RouteTables.Unknown, RouteTables.Of(Usual, Usual, many[1..]));
        Assert.Same(RouteTables.Unknown, RouteTables.Of(Usual, Usual, many));
    }

    private static RouteTables Of(params Route[] routes) => RouteTables.Of(Usual, Usual, routes);

    private static Route Via(string prefix, int link) => new() { Destination = IpPrefix.Parse(prefix), OutInterface = link };

    private static Route Local(string prefix) =>
        new() { Destination = IpPrefix.Parse(prefix), OutInterface = 1, Type = RouteType.Local, Table = RoutingRule.LocalTable };

    private static int LinkOf(RouteTables tables, string address)
    {
        Assert.True(tables.TryFind(IpAddress.Parse(address), out Route? route));
        return route!.OutInterface;
    }
}
