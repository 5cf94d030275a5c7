using System.Collections.Immutable;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>The table of one node-dependent Service at one node.</summary>
/// <param name="Source">What it was compiled from.</param>
/// <param name="Table">The table.</param>
/// <param name="Digest">Its digest.</param>
internal sealed record NodeTable(RelayedService Source, ServiceTable Table, TableDigest Digest);

/// <summary>
/// A shard as one node needs it: the relay's shared tables, and the tables of node-dependent Services compiled for the node. Immutable; the next one
/// compiles only what changed.
/// </summary>
internal sealed class NodeShard
{
    private readonly ImmutableDictionary<Guid, NodeTable> _own;

    private NodeShard(ShardTable shard, NodeView node, ImmutableDictionary<Guid, NodeTable> own)
    {
        (Shard, Node, _own) = (shard, node, own);
        Digest = own.Values.Aggregate(shard.SharedDigest, (digest, table) => digest + table.Digest);
    }

    /// <summary>The shard it was compiled from.</summary>
    public ShardTable Shard { get; }

    /// <summary>The node.</summary>
    public NodeView Node { get; }

    /// <summary>Digest of all rows at the node.</summary>
    public TableDigest Digest { get; }

    /// <summary>All tables at the node.</summary>
    public IEnumerable<ServiceTable> Tables => Shard.Services.Select(service => service.Value.Shared ?? _own[service.Key].Table);

    /// <summary>The table of a Service of the shard.</summary>
    public ServiceTable this[Guid uid] => Shard.Services[uid].Shared ?? _own[uid].Table;

    /// <summary>The shard at a node; what <paramref name="former"/> compiled from the same entries for the same node is taken over.</summary>
    public static NodeShard Of(ShardTable shard, NodeView node, NodeShard? former)
    {
        // Asked for each shard at each pull of each worker, and nearly always for the same node object.
        if (former is not null && ReferenceEquals(former.Shard, shard) && (ReferenceEquals(former.Node, node) || former.Node == node))
        {
            return former;
        }

        ImmutableDictionary<Guid, NodeTable>.Builder own = ImmutableDictionary.CreateBuilder<Guid, NodeTable>();
        foreach (Guid uid in shard.NodeDependent)
        {
            RelayedService source = shard.Services[uid];
            bool known = former is not null && former.Node == node && former._own.TryGetValue(uid, out NodeTable? table) && ReferenceEquals(table.Source, source);
            own[uid] = known ? former!._own[uid] : Compile(source, node);
        }

        return new NodeShard(shard, node, own.ToImmutable());
    }

    private static NodeTable Compile(RelayedService source, NodeView node)
    {
        ServiceTable table = TableCompiler.Compile(source.Published.Entry, node);
        return new NodeTable(source, table, TableDigest.Of(table));
    }
}
