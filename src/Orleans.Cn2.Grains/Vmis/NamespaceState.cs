namespace Orleans.Cn2.Grains.Vmis;

/// <summary>What persists of a namespace: whom to ask when the index is rebuilt, and the epoch that keeps its version growing.</summary>
[GenerateSerializer]
internal sealed class NamespaceState
{
    [Id(0)]
    public ulong Epoch { get; set; }

    [Id(1)]
    public HashSet<string> Nodes { get; set; } = [];

    // Ids 2 and 3 were the subscribed Services: the shards list them.
}
