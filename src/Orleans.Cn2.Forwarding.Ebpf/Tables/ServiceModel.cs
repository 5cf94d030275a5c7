using Orleans.Cn2.Core;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>A Service as the maps hold it.</summary>
internal sealed class ServiceModel(Guid uid, NamespacedName name, int shard)
{
    internal Guid Uid { get; } = uid;

    internal NamespacedName Name { get; } = name;

    internal int Shard { get; } = shard;

    /// <summary>In no order; each in one service only.</summary>
    internal FrontendModel[] Frontends { get; set; } = [];
}
