using Orleans.Cn2.Contracts.VRouters;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>The snapshots of one batch, by cause.</summary>
internal sealed class SnapshotTally
{
    /// <summary>Shards that the worker holds nothing of.</summary>
    public int Fresh { get; private set; }

    /// <summary>Shards that it is too far behind in, or holds of another epoch.</summary>
    public int Behind { get; private set; }

    /// <summary>Shards whose rows are distrusted.</summary>
    public int Distrusted { get; private set; }

    public int All => Fresh + Behind + Distrusted;

    public void Count(bool distrusted, ShardHolding? sent)
    {
        Distrusted += distrusted ? 1 : 0;
        Fresh += !distrusted && sent is null ? 1 : 0;
        Behind += !distrusted && sent is not null ? 1 : 0;
    }
}
