using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>
/// What brings a worker from what it holds of a shard to what the relay has: nothing, a new version alone where the rows are the same, a delta where the
/// steps in between are remembered, else a snapshot. A pure function.
/// </summary>
internal static class UpdatePlanner
{
    /// <summary>
    /// The update, or null when the worker is up to date, the shard was not read yet, or the worker is ahead: another silo's relay read further, this one
    /// will follow, and a worker never goes back.
    /// </summary>
    public static ShardUpdate? Plan(int shard, NodeShard compiled, ulong view, ShardHolding? held, DateTimeOffset now)
    {
        ShardTable table = compiled.Shard;
        if (table.Version == ShardVersion.None || held?.Version > table.Version
            || (held is { } current && current.Version == table.Version && current.View == view && current.Digest == compiled.Digest))
        {
            return null;
        }

        if (held is not { } from || from.Version == ShardVersion.None)
        {
            return Snapshot();
        }

        if (from.Digest == compiled.Digest)
        {
            return Update(from.Version, [], [], null, now);
        }

        // Rows that differ at the same version and view are damaged, or of another cluster's life: only a snapshot puts them right.
        bool damaged = from.Version == table.Version && from.View == view;
        if (damaged || table.StepsAfter(from.Version) is not { } steps)
        {
            return Snapshot();
        }

        IEnumerable<Guid> regarded = from.View == view ? [] : table.NodeDependent;
        ImmutableArray<Guid> changed = [.. steps.SelectMany(step => step.Changed).Concat(regarded).Distinct()];
        return Update(
            from.Version,
            [.. changed.Where(table.Services.ContainsKey).Select(uid => compiled[uid])],
            [.. changed.Where(uid => !table.Services.ContainsKey(uid))],
            steps.Select(step => step.Traceparent).LastOrDefault(trace => trace is not null),
            steps.Count == 0 ? now : steps.Min(step => step.CommittedAt));

        ShardUpdate Snapshot() => Update(null, [.. compiled.Tables], [], table.History.LastOrDefault()?.Traceparent, now);

        ShardUpdate Update(
            ShardVersion? start, ImmutableArray<Core.Tables.ServiceTable> upserts, ImmutableArray<Guid> deletes, string? traceparent, DateTimeOffset committedAt) =>
            new(shard, start, table.Version, view, upserts, deletes, compiled.Digest, traceparent, committedAt);
    }
}
