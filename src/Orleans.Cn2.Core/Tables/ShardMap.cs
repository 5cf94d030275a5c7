using System.Text;
using Orleans.Cn2.Core.Ecmp;

namespace Orleans.Cn2.Core.Tables;

/// <summary>Which shard of the catalog a Service is in. Persisted lists and rows in the field depend on it: it never changes.</summary>
public static class ShardMap
{
    /// <summary>Number of shards.</summary>
    public const int Shards = 64;

    private static readonly UInt128 ShardKey = new(0x636e322d73686172, 0x642d6d61702d7631);

    /// <summary>The shard, 0..63, of a Service: SipHash-1-3 of its UTF-8 <c>namespace/name</c>.</summary>
    public static int ShardOf(NamespacedName service) =>
        (int)(SipHash13.Hash(ShardKey, Encoding.UTF8.GetBytes(service.ToString())) % Shards);
}
