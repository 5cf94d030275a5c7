using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Tables;

/// <summary>Which row of map <c>hops</c> the paths to an address use.</summary>
public sealed class HopBookTests : IDisposable
{
    private const int Addresses = 500;
    private static readonly NextHop Uplink = new(HopKind.Neighbour, 2, default);
    private static readonly NextHop Other = new(HopKind.Neighbour, 3, default);
    private static readonly NextHop Pod = new(HopKind.Local, 7, new LinkAddresses(1, 2));

    private readonly DataPath _path = DataPath.Load(EbpfEngine.Small, pins: null);
    private readonly TableMaps _maps;
    private readonly HopBook _book;
    private readonly Dictionary<IpAddress, NextHop> _known = [];

    public HopBookTests()
    {
        _maps = new TableMaps(_path);
        _book = new HopBook(_maps, address => _known.TryGetValue(address, out NextHop hop) ? hop : null);
        for (uint i = 0; i < Addresses; i++)
        {
            _known[At(i)] = Uplink;
            Add(At(i), path: i);
        }
    }

    public void Dispose()
    {
        _maps.Dispose();
        _path.Dispose();
    }

    [Fact]
    public void Route_AddressesOfOtherNodes_ShareARowAndPodsHaveTheirOwn()
    {
        Assert.Equal((Addresses, 1, Uplink), (_book.Count, _book.Rows, RowOf(path: 7)));
        Move(At(7), Pod);
        Assert.Equal((2, Pod, Uplink), (_book.Rows, RowOf(path: 7), RowOf(path: 8)));
    }

    [Fact]
    public void Route_AllMoveOn_TheFormerRowIsFreeAfterwards()
    {
        uint before = _maps.ReadPath(0).Hop;
        foreach (IpAddress address in _book.Addresses)
        {
            _known[address] = Other;
            Assert.True(_book.Route(address));
        }

        Assert.Equal((1, true), (_book.Rows, _book.HasRetired));
        Assert.All(Enumerable.Range(0, Addresses), path => Assert.Equal(Other, RowOf((uint)path)));
        Assert.NotEqual(before, _maps.ReadPath(0).Hop);
    }

    [Fact]
    public void Route_NotKnownAnyMore_KeepsItsRow()
    {
        _known.Remove(At(3));
        Assert.True(_book.Route(At(3)));
        Assert.Equal(Uplink, RowOf(path: 3));
        Move(At(3), default);
        Assert.Equal(0u, _maps.ReadPath(3).Hop);
    }

    [Fact]
    public void Route_RowThatOthersChanged_IsLeftForARightOne()
    {
        _maps.Hops[_maps.ReadPath(0).Hop] = HopRow.Of(Pod);
        Assert.True(_book.Route(At(0)) && _book.Route(At(1)));
        Assert.Equal((Uplink, Uplink), (RowOf(path: 0), RowOf(path: 1)));
        Assert.Equal(_maps.ReadPath(0).Hop, _maps.ReadPath(1).Hop);
    }

    [Fact]
    public void RemovePath_OneOfSeveral_TheOthersFollowOn()
    {
        Add(At(5), path: 1_000);
        Add(At(5), path: 1_001);
        _book.RemovePath(1_000);
        _book.RemovePath(1_000);
        Move(At(5), Pod);
        Assert.Equal((Pod, Pod, Uplink), (RowOf(path: 5), RowOf(path: 1_001), RowOf(path: 1_000)));

        _book.RemovePath(5);
        Assert.True(_book.Has(At(5)));
        _book.RemovePath(1_001);
        Assert.Equal((false, Addresses - 1, 1), (_book.Has(At(5)), _book.Count, _book.Rows));
    }

    [Fact]
    public void Adopt_PathsOfOneAddressWithTwoRows_UseThatOfTheFirst()
    {
        HopBook next = new(_maps, _ => null);
        _maps.Hops[40] = HopRow.Of(Pod);
        _maps.WritePath(600, new PathWord(1, PathState.Active, 40));
        next.Adopt(At(0), 0, _maps.ReadPath(0).Hop);
        next.Adopt(At(0), 600, 40);
        Assert.Equal((1, Uplink, Uplink), (next.Rows, RowOf(path: 0), RowOf(path: 600)));
        Assert.True(next.Route(At(0)));
        Assert.Equal(Uplink, RowOf(path: 600));
    }

    private static IpAddress At(uint number) => IpAddress.V4(0x0a00_0000 + number);

    private void Add(IpAddress address, uint path)
    {
        _book.AddPath(address, path);
        _maps.WritePath(path, new PathWord(1, PathState.Active, _book.IndexOf(address)));
    }

    private void Move(IpAddress address, NextHop hop)
    {
        _known[address] = hop;
        Assert.True(_book.Route(address));
    }

    private NextHop RowOf(uint path) => _maps.Hops[_maps.ReadPath(path).Hop].ToHop();
}
