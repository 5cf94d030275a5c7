using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Tables;

/// <summary>What a started worker makes of pinned maps.</summary>
public sealed class AdoptionTests : IDisposable
{
    private const int Services = 40;
    private readonly BpfMount _mount = new();

    public void Dispose() => _mount.Dispose();

    [Fact]
    public async Task Open_OnPins_HoldsTheSameServicesPathIdsAndBlocks()
    {
        ServiceTable[] tables = [.. Enumerable.Range(0, Services).Select(Table)];
        ulong[] words;
        await using (EbpfPlane first = Open())
        {
            // The last ones first, and some gone again: indexes, path ids and blocks are in no order.
            Assert.Empty(first.Apply(new TableChange(0, Complete: true, [.. tables.Reverse()], [])));
            Assert.Empty(first.Apply(new TableChange(0, Complete: false, [], [tables[0].Uid, tables[7].Uid])));
            words = Words(first);

            // Others removed the mark of an allocated address, and left one of an address that no service has.
            Assert.True(first.Path["services"].Remove(ServiceKeyRow.OfAddress(tables[1].Frontends[0].Address)));
            first.Path["services"].Set(ServiceKeyRow.OfAddress(IpAddress.Parse("10.96.9.9")), default(ServiceRow));
        }

        await using EbpfPlane second = Open();
        tables = [.. tables.Where((_, i) => i is not (0 or 7))];
        Assert.Equal(
            tables.Select(table => (0, table.Uid, TableDigest.Of(table))).OrderBy(each => each.Uid),
            second.ReadServiceDigests().OrderBy(held => held.Uid));
        Assert.Equal(TableDigest.Of(tables), second.ReadDigest(0));
        Assert.Equal(words, Words(second));
        Assert.True(second.Path["services"].TryGet(ServiceKeyRow.OfAddress(tables[0].Frontends[0].Address), out ServiceRow _));
        Assert.False(second.Path["services"].TryGet(ServiceKeyRow.OfAddress(IpAddress.Parse("10.96.9.9")), out ServiceRow _));

        // What is given again as it is changes nothing; what is new takes what is free.
        Assert.Empty(second.Apply(new TableChange(0, Complete: true, [.. tables], [])));
        Assert.Equal(words, Words(second));
        Assert.Empty(second.Apply(new TableChange(0, Complete: false, [Table(0), Table(7)], [])));
        Assert.Equal(TableDigest.Of(tables.Append(Table(0)).Append(Table(7))), second.ReadDigest(0));
    }

    private EbpfPlane Open() => EbpfPlane.Open(new EbpfOptions
    {
        PinRoot = _mount.Directory,
        Node = "node",
        Capacity = EbpfEngine.Small,
        ExpiryPeriod = TimeSpan.FromDays(1),
    });

    private static ulong[] Words(EbpfPlane plane)
    {
        using Ebpf.Tables.TableMaps maps = new(plane.Path);
        return [.. Enumerable.Range(0, 4 * Services).Select(i => maps.ReadControl((uint)i).Bits), .. Enumerable.Range(0, 16 * Services).Select(i => maps.ReadPath((uint)i).Bits)];
    }

    private static ServiceTable Table(int number)
    {
        Guid uid = new(number + 1, 0, 0, new byte[8]);
        IpAddress address = IpAddress.V4(0x0a60_0001u + (uint)number);
        return new ServiceTable(uid, new NamespacedName("default", $"service-{number}"), 1,
        [
            new Frontend(
                address, TransportProtocol.Tcp, 80, TableIds.OfFrontend(uid, IpFamily.IPv4, TransportProtocol.Tcp, 80), FrontendFlags.None, 0,
                [.. Enumerable.Range(0, 1 + (number % 5)).Select(path => new EcmpPath(
                    IpAddress.V4(0x0af4_0000u + (uint)((number * 8) + path)), 8080, 1, path == 3 ? PathState.Draining : PathState.Active, 1_000 + (ulong)((number * 8) + path)))]),
        ]);
    }
}
