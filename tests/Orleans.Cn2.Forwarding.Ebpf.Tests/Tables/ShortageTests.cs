using System.Collections.Immutable;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Tables;

/// <summary>Maps that are nearly full: what a service no longer has ends whatever there is room for (I7), and what did not fit fits later.</summary>
public sealed class ShortageTests
{
    private static readonly Guid Uid = new("41111111-2222-3333-4444-555555555555");

    [Theory]
    [InlineData(20, 19, 2_504)] // 2,503 slots before and after
    [InlineData(21, 20, 5_004)] // 5,003, then 2,503
    public async Task Apply_PathRemovedWithoutRoomForASecondBlock_IsWrittenOverTheFirst(int before, int after, uint capacity)
    {
        await using EbpfEngine engine = Open(EbpfEngine.Small with { Slots = capacity });
        Assert.Empty(Apply(engine, Table(before)));

        Assert.Empty(Apply(engine, Table(after)));

        Assert.Equal(TableDigest.Of(Table(after)), engine.Plane.ReadDigest(0));
        Assert.Equal(Table(after).Frontends[0].Paths, Slots(engine).Distinct().OrderBy(path => path.VmiId));
        Assert.Equal(2_503, engine.Plane.ReadStatus().SlotsUsed);
    }

    [Fact]
    public async Task Apply_TableThatDoesNotFit_LosesThePathsThatAreGoneAndIsTakenWhenThereIsRoom()
    {
        await using EbpfEngine engine = Open(EbpfEngine.Small with { Paths = 12 });
        Assert.Empty(Apply(engine, Table(10)));
        ServiceTable wanted = Table(14, skip: 5, drains: 6);

        Rejection rejection = Assert.Single(Apply(engine, wanted));

        Assert.Equal("all 12 path ids are in use", rejection.Cause);
        ServiceTable held = Assert.Single(engine.Plane.ReadTables()).Table;
        Assert.Equal(wanted.Frontends[0].Paths.Where(path => path.VmiId <= 10), held.Frontends[0].Paths);
        Assert.Equal(TableDigest.Of(held), rejection.Held);
        Assert.Equal(rejection.Held, engine.Plane.ReadDigest(0));
        Assert.DoesNotContain(Slots(engine), path => path.VmiId <= 6);

        // The ids of what went are free when a scan ended.
        engine.Plane.ExpireFlows();
        Assert.Empty(Apply(engine, wanted));
        Assert.Equal(TableDigest.Of(wanted), engine.Plane.ReadDigest(0));
    }

    [Fact]
    public async Task Apply_AddressOfAnotherService_RefusesItAndEndsItsPortsThatAreGone()
    {
        await using EbpfEngine engine = Open(EbpfEngine.Small);
        ServiceTable other = Table(2, uid: new Guid("51111111-2222-3333-4444-555555555555"), address: "10.96.0.11");
        Assert.Empty(engine.Apply(new TableChange(0, Complete: true, [Table(2), other], [])));
        ServiceTable wanted = Table(2) with { Frontends = other.Frontends };

        Assert.Contains("belongs to", Assert.Single(engine.Apply(new TableChange(0, Complete: false, [wanted], []))).Cause, StringComparison.Ordinal);

        Assert.Equal(TableDigest.Of(other), engine.Plane.ReadDigest(0));
        Assert.Empty(engine.Apply(new TableChange(0, Complete: false, [], [other.Uid])));
        Assert.Empty(engine.Apply(new TableChange(0, Complete: false, [wanted], [])));
        Assert.Equal(TableDigest.Of(wanted), engine.Plane.ReadDigest(0));
    }

    private static EbpfEngine Open(EbpfCapacity capacity) => new("bpf-short", options: new EbpfOptions { Capacity = capacity, ExpiryPeriod = TimeSpan.FromDays(1) });

    private static ImmutableArray<Rejection> Apply(EbpfEngine engine, ServiceTable table) => engine.Apply(new TableChange(0, Complete: true, [table], []));

    /// <summary>The path in each slot of the frontend.</summary>
    private static List<EcmpPath> Slots(EbpfEngine engine)
    {
        using Ebpf.Tables.TableMaps maps = new(engine.Plane.Path);
        Layout.ControlWord word = maps.ReadControl(0);
        return [.. Enumerable.Range(0, Core.Ecmp.SizeClass.SlotsOf(word.SizeClass)).Select(i => engine.Plane.ReadPath(maps.Slot(word.SlotBase + (uint)i)))];
    }

    private static ServiceTable Table(int paths, int skip = 0, int drains = 0, Guid? uid = null, string address = "10.96.0.10") => new(
        uid ?? Uid, new NamespacedName("default", "web"), 1,
        [
            new Frontend(
                IpAddress.Parse(address), TransportProtocol.Tcp, 80, TableIds.OfFrontend(uid ?? Uid, IpFamily.IPv4, TransportProtocol.Tcp, 80), FrontendFlags.None, 0,
                [.. Enumerable.Range(1, paths).Skip(skip).Select(i => new EcmpPath(
                    IpAddress.Parse($"10.244.1.{i}"), 8080, 1, i <= drains ? PathState.Draining : PathState.Active, (ulong)i))])
        ]);
}
