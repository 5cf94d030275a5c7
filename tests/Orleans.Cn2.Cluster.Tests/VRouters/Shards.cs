using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Endpoints;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Grains.VRouters;

namespace Orleans.Cn2.Cluster.Tests.VRouters;

/// <summary>Entries, pages and shards for tests of rules that need no cluster.</summary>
internal static class Shards
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A Service with one endpoint on each of the nodes; its address and ids follow from its number.</summary>
    public static PublishedEntry Entry(int number, ulong generation = 1, bool local = false, params string[] nodes) => new(
        new ServiceEntry
        {
            Uid = Uid(number),
            Name = new NamespacedName("shards", $"s{number}"),
            Generation = generation,
            FloatingIps = [IpAddress.V4(0x0a600000u + (uint)number)],
            Ports = [new EntryPort("", TransportProtocol.Tcp, 80)],
            InternalTrafficPolicy = local ? TrafficPolicy.Local : TrafficPolicy.Cluster,
            Endpoints = [.. nodes.Select((node, index) => new ServiceEndpoint
            {
                Vmi = new NamespacedName("shards", $"p{number}-{index}"),
                VmiId = (generation << 16) + (ulong)index,
                Node = node,
                Addresses = [IpAddress.V4(0x0a010000u + (uint)index)],
                TargetPorts = [8080],
                Weight = 100,
                Selected = true,
                Ready = true,
                Serving = true,
                Terminating = false,
            })],
        },
        $"00-{number:x32}-{generation:x16}-01",
        Noon.AddSeconds(generation));

    public static Guid Uid(int number) => new(number, 0, 0, new byte[8]);

    public static RemovedEntry Removal(int number) => new(Uid(number), new NamespacedName("shards", $"s{number}"), null, Noon);

    public static ShardChanges Snapshot(ulong epoch, ulong seq, params PublishedEntry[] entries) =>
        new(true, ShardVersion.None, new ShardVersion(epoch, seq), true, false, [.. entries], []);

    /// <summary>The change from one sequence number to the next of an epoch.</summary>
    public static ShardChanges Step(ulong epoch, ulong from, PublishedEntry? upsert, RemovedEntry? removal = null) => new(
        true,
        new ShardVersion(epoch, from),
        new ShardVersion(epoch, from + 1),
        false,
        false,
        upsert is null ? [] : [upsert],
        removal is null ? ImmutableArray<RemovedEntry>.Empty : [removal]);

    public static NodeShard At(this ShardTable table, string node) => NodeShard.Of(table, new NodeView(node, null), null);
}
