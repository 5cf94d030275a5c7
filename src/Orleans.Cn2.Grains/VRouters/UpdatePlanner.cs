using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>
/// What brings a worker from what it holds of a shard to what the relay has: nothing, a new version alone where the rows are the same, a delta where the
/// steps in between are remembered, else a snapshot. A pure function.
/// </summary>
internal static class UpdatePlanner
{
    /// <summary>The update, or null when the worker is up to date or the shard was not read yet.</summary>
    public static ShardUpdate? Plan(int shard, ShardTable table, NodeView node, ulong view, ShardHolding? held, DateTimeOffset now)
    {
        if (table.Version == ShardVersion.None || (held is { } current && current.Version == table.Version && current.View == view))
        {
            return null;
        }

        TableDigest digest = table.DigestAt(node);
        if (held is { } same && same.Version != ShardVersion.None && same.Digest == digest)
        {
            return Update(same.Version, [], [], null, now);
        }

        if (held is { } behind && behind.View == view && table.StepsAfter(behind.Version) is { } steps)
        {
            ImmutableArray<Guid> changed = [.. steps.SelectMany(step => step.Changed).Distinct()];
            return Update(
                behind.Version,
                [.. changed.Where(table.Services.ContainsKey).Select(uid => table.Services[uid].TableAt(node))],
                [.. changed.Where(uid => !table.Services.ContainsKey(uid))],
                steps.Select(step => step.Traceparent).LastOrDefault(trace => trace is not null),
                steps.Min(step => step.CommittedAt));
        }

        ShardStep? last = table.History.IsEmpty ? null : table.History[^1];
        return Update(null, [.. table.Services.Values.Select(service => service.TableAt(node))], [], last?.Traceparent, last?.CommittedAt ?? now);

        ShardUpdate Update(
            ShardVersion? from, ImmutableArray<ServiceTable> upserts, ImmutableArray<Guid> deletes, string? traceparent, DateTimeOffset committedAt) =>
            new(shard, from, table.Version, view, upserts, deletes, digest, traceparent, committedAt);
    }
}
