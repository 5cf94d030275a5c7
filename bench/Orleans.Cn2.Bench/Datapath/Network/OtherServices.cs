using System.Globalization;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Ebpf;

namespace Orleans.Cn2.Bench.Datapath.Network;

/// <summary>Services that no packet of a measurement is sent to: they fill the tables, in ours and in the peers' rules alike.</summary>
internal static class OtherServices
{
    public const ushort ServicePort = 80;
    public const ushort TargetPort = 8080;
    private const uint MostSlots = 1_300;

    public static IpAddress AddressOf(int service) => IpAddress.Parse($"10.97.{service >> 8}.{service & 255}");

    public static IpAddress BackEndOf(int service, int path, int paths)
    {
        int number = (service * paths) + path;
        return IpAddress.Parse($"10.{100 + (number >> 16)}.{(number >> 8) & 255}.{number & 255}");
    }

    public static ServiceTable Table(int service, int paths)
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, service + 1);
        Guid uid = new(bytes);
        IpAddress address = AddressOf(service);
        return new ServiceTable(
            uid, new NamespacedName("default", string.Create(CultureInfo.InvariantCulture, $"other-{service}")), 1,
            [
                new Frontend(
                    address, TransportProtocol.Tcp, ServicePort, TableIds.OfFrontend(uid, address.Family, TransportProtocol.Tcp, ServicePort),
                    FrontendFlags.None, 0,
                    [.. Enumerable.Range(0, paths).Select(path => new EcmpPath(
                        BackEndOf(service, path, paths), TargetPort, 1, PathState.Active, 1_000 + (ulong)((service * paths) + path)))])
            ]);
    }

    /// <summary>A capacity that so many fit in, each with two paths.</summary>
    public static EbpfCapacity Room(int count)
    {
        EbpfCapacity usual = new();
        return usual with { Slots = Math.Max(usual.Slots, (uint)count * MostSlots) };
    }

    /// <summary>Loads so many, each with two paths.</summary>
    /// <exception cref="InvalidOperationException">Not all fit in.</exception>
    public static void Load(EbpfPlane plane, int count)
    {
        foreach (TableChange change in Changes(count, paths: 2))
        {
            if (plane.Apply(change) is [Rejection first, ..] rejections)
            {
                throw new InvalidOperationException($"{rejections.Length} services were not programmed: {first.Cause}");
            }
        }
    }

    /// <summary>Changes that bring so many of them, over all shards but 0.</summary>
    public static IEnumerable<TableChange> Changes(int count, int paths) => Enumerable.Range(0, count)
        .GroupBy(service => 1 + (service % (ShardMap.Shards - 1)))
        .Select(shard => new TableChange(shard.Key, Complete: true, [.. shard.Select(service => Table(service, paths))], []));
}
