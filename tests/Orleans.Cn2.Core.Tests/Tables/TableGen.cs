using System.Collections.Immutable;
using CsCheck;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Core.Tests.Tables;

/// <summary>Canonical tables of few addresses, ports and VMIs, so that two of them often share rows.</summary>
internal static class TableGen
{
    public static readonly IpAddress OtherAddress = IpAddress.Parse("2001:db8::5");

    public static readonly Frontend Example = new(
        IpAddress.Parse("10.96.0.5"), TransportProtocol.Tcp, 80, 1, FrontendFlags.None, 0,
        [new(IpAddress.Parse("10.244.0.7"), 8080, 100, PathState.Active, 7)]);

    private static readonly Guid Uid = new("6f1c5d0e-52b4-4c11-9a35-1f0d3f9b7a10");

    private static readonly Gen<IpAddress> Addresses = Gen.Select(
        Gen.Bool, Gen.UInt[1, 4], (v4, host) => v4 ? IpAddress.V4(0x0a600000 + host) : IpAddress.V6(((UInt128)0xfd << 120) + host));

    private static readonly Gen<ImmutableArray<EcmpPath>> PathLists = Gen.Select(
            Addresses, Gen.UShort[8080, 8081], Gen.UShort[1, 2], Gen.Enum<PathState>(), Gen.ULong[1, 2])
        .Select((address, port, weight, state, vmi) => new EcmpPath(address, port, weight, state, vmi))
        .Array[0, 5]
        .Select(paths => paths.DistinctBy(path => (path.Address, path.Port, path.VmiId)).Order(Comparer<EcmpPath>.Create(PathOrder.Compare)).ToImmutableArray());

    private static readonly Gen<Frontend> Frontends = Gen.Select(
        Addresses, Gen.Enum<TransportProtocol>(), Gen.UShort[80, 81], Gen.UShort[0, 3], Gen.UInt[0, 1], PathLists,
        (address, protocol, port, flags, affinity, paths) => new Frontend(
            address, protocol, port, TableIds.OfFrontend(Uid, address.Family, protocol, port), (FrontendFlags)flags, affinity, paths));

    public static readonly Gen<ServiceTable> Table = Gen.Select(Gen.ULong[1, 1000], Frontends.Array[0, 4], (generation, frontends) => new ServiceTable(
        Uid, new NamespacedName("shop", "cart"), generation,
        [.. frontends.DistinctBy(row => row.Id).OrderBy(row => row.Address).ThenBy(row => row.Protocol).ThenBy(row => row.Port)]));

    /// <summary>The rows of a table, by value.</summary>
    public static HashSet<object> Rows(ServiceTable table) =>
    [
        .. table.Frontends.Select(row => (object)(row.Address, row.Protocol, row.Port, row.Id, row.Flags, row.AffinitySeconds)),
        .. table.Frontends.SelectMany(row => row.Paths.Select(path => (object)(row.Id, path))),
    ];
}
