using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Health;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Tables;

/// <summary>What others change in the maps while the worker runs shows in the digest, and a snapshot of the same tables puts all of it right.</summary>
public sealed class AuditTests
{
    private static readonly Guid Uid = new("61111111-2222-3333-4444-555555555555");
    private static readonly ServiceTable Web = Table(80, 443);
    private static readonly ServiceKeyRow Key = ServiceKeyRow.Of(Web.Frontends[0].Address, TransportProtocol.Tcp, 80);
    private static readonly ServiceKeyRow Mark = ServiceKeyRow.OfAddress(Web.Frontends[0].Address);

    public static TheoryData<string> Damages => new(All.Keys);

    private static Dictionary<string, Action<EbpfPlane, TableMaps>> All { get; } = new()
    {
        ["services entry removed"] = (plane, _) => plane.Path["services"].Remove(Key),
        ["services entry of another index"] = (plane, maps) => plane.Path["services"].Set(Key, new ServiceRow { Index = 1, Tag = maps.ReadControl(1).Tag }),
        ["services entry of another tag"] = (plane, _) => plane.Path["services"].Set(Key, new ServiceRow { Index = 0, Tag = 9_999 }),
        ["owner removed"] = (plane, _) => plane.Path["owners"].Remove(Uid16.Of(Uid)),
        ["control word cleared"] = (_, maps) => maps.WriteControl(0, default),
        ["control word of another block"] = (_, maps) => maps.WriteControl(0, maps.ReadControl(1) with { }),
        ["flags set"] = (_, maps) => maps.WriteControl(0, new ControlWord(maps.ReadControl(0).Bits | (1ul << 40))),
        ["frontend row of another id"] = (_, maps) => maps.Frontends[0].Id++,
        ["frontend row of another owner"] = (_, maps) => maps.Frontends[0].Owner = Uid16.Of(Guid.Empty),
        ["slot overwritten"] = (_, maps) => maps.Slot(maps.ReadControl(0).SlotBase + 7) ^= 1,
        ["path of another address"] = (_, maps) => maps.Paths[0].Address = Address16.Of(IpAddress.Parse("10.244.9.9")),
        ["path of another weight"] = (_, maps) => maps.Paths[0].Weight++,
        ["path gone"] = (_, maps) => maps.WritePath(0, maps.ReadPath(0).Gone()),
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Digest_OfDamagedMaps_DiffersUntilTheTablesAreGivenAgain(string damage)
    {
        await using EbpfPlane plane = Open(TimeSpan.FromDays(1));
        using TableMaps maps = new(plane.Path);
        TableChange tables = new(0, Complete: true, [Web], []);
        Assert.Empty(plane.Apply(tables));
        Assert.Equal(TableDigest.Of(Web), plane.ReadDigest(0));

        All[damage](plane, maps);

        Assert.NotEqual(TableDigest.Of(Web), plane.ReadDigest(0));
        Assert.Empty(plane.Apply(tables));
        Assert.Equal(TableDigest.Of(Web), plane.ReadDigest(0));
        Assert.Equal(TableDigest.Of(Web), TableDigest.Of(Assert.Single(plane.ReadTables()).Table));
    }

    [Theory]
    [InlineData("services entry removed")]
    [InlineData("services entry of another index")]
    [InlineData("services entry of another tag")]
    [InlineData("mark removed")]
    [InlineData("foreign entry")]
    public async Task Keys_OfDamagedMaps_AreRightAgainWithoutTheTables(string damage)
    {
        HealthBook health = new();
        await using EbpfPlane plane = Open(TimeSpan.FromMilliseconds(20), health);
        using TableMaps maps = new(plane.Path);
        ServiceKeyRow foreign = ServiceKeyRow.Of(Web.Frontends[0].Address, TransportProtocol.Udp, 53);
        Assert.Empty(plane.Apply(new TableChange(0, Complete: true, [Web], [])));
        Assert.DoesNotContain(health.Read(), part => part.Repairs > 0);

        if (damage == "mark removed")
        {
            Assert.True(plane.Path["services"].Remove(Mark));
        }
        else if (damage == "foreign entry")
        {
            plane.Path["services"].Set(foreign, new ServiceRow { Index = 0, Tag = maps.ReadControl(0).Tag });
        }
        else
        {
            All[damage](plane, maps);
        }

        await PodNode.UntilAsync(() => health.Read().Any(part => part.Part == "maps" && part.Repairs > 0), "the keys are put right");
        Assert.Equal(TableDigest.Of(Web), plane.ReadDigest(0));
        Assert.True(plane.Path["services"].TryGet(Mark, out ServiceRow _));
        Assert.False(plane.Path["services"].TryGet(foreign, out ServiceRow _));
    }

    private static EbpfPlane Open(TimeSpan repair, HealthBook? health = null) => EbpfPlane.Open(
        new EbpfOptions { Capacity = EbpfEngine.Small, ExpiryPeriod = TimeSpan.FromDays(1), RepairPeriod = repair }, health);

    private static ServiceTable Table(params ushort[] ports) => new(Uid, new NamespacedName("default", "web"), 1,
        [.. ports.Select(port => new Frontend(
            IpAddress.Parse("10.96.0.10"), TransportProtocol.Tcp, port, TableIds.OfFrontend(Uid, IpFamily.IPv4, TransportProtocol.Tcp, port), FrontendFlags.None, 0,
            [.. Enumerable.Range(1, 3).Select(i => new EcmpPath(IpAddress.Parse($"10.244.1.{i}"), (ushort)(port + 8000), 1, PathState.Active, (ulong)i))]))]);
}
