using System.Text;
using Orleans.Cn2.Core.Ecmp;

namespace Orleans.Cn2.Core.Tables;

/// <summary>Which shard of the catalog a Service is in. Persisted lists and rows in the field depend on it: it never changes.</summary>
public static class ShardMap
{
    /// <summary>Number of shards.</summary>
    public const int Shards = 64;

    /// <summary>Number of parts in which a shard's list is stored.</summary>
    public const int Parts = 8;

    private static readonly UInt128 ShardKey = new(0x636e322d73686172, 0x642d6d61702d7631);

    /// <summary>The shard, 0..63, of a Service: SipHash-1-3 of its UTF-8 <c>namespace/name</c>.</summary>
    public static int ShardOf(NamespacedName service) => (int)(HashOf(service) % Shards);

    /// <summary>The part, 0..7, of its shard's list that a Service is in: by the hash's bits beyond those that choose the shard.</summary>
    public static int PartOf(NamespacedName service) => (int)(HashOf(service) / Shards % Parts);

    private static ulong HashOf(NamespacedName service) => SipHash13.Hash(ShardKey, Encoding.UTF8.GetBytes(service.ToString()));
}
