using System.Collections.Immutable;
using System.Diagnostics;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Worker.Telemetry;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Tables;

/// <summary>What became of an update.</summary>
/// <param name="Complete">False while further chunks of it are awaited.</param>
/// <param name="Rejections">Services that could not be programmed; their previous state serves on.</param>
/// <param name="Fault">Why the shard is distrusted and must come as a snapshot, or null.</param>
internal sealed record UpdateOutcome(bool Complete, ImmutableArray<Rejection> Rejections, string? Fault);

/// <summary>
/// Brings the data plane from version to version: gathers the chunks of an update, refuses what does not continue what is held, applies it and
/// compares digests. Called by one thread at a time.
/// </summary>
internal sealed class TableApplier(IForwardingPlane plane, WorkerTelemetry telemetry)
{
    private readonly ShardLedger[] _shards = [.. Enumerable.Range(0, ShardMap.Shards).Select(_ => new ShardLedger())];
    private readonly Dictionary<uint, List<Proto.Update>> _chunks = [];

    /// <summary>State of every shard that holds a version, for Hello and Ack.</summary>
    public IEnumerable<Proto.ShardState> States => _shards.Where(shard => shard.Version is not null).Select(StateOf);

    /// <summary>State of one shard; with epoch 0 when it must come as a snapshot.</summary>
    public Proto.ShardState State(uint shard) =>
        _shards[shard].Version is null ? new Proto.ShardState { Version = new Proto.ShardVersion { Shard = shard } } : StateOf(_shards[shard]);

    /// <summary>Forgets chunks of an update whose stream ended.</summary>
    public void ForgetChunks() => _chunks.Clear();

    /// <summary>
    /// Takes over what the plane holds from before a restart. A shard keeps its saved version only if the rows read back have the saved digest.
    /// </summary>
    public void Adopt(IEnumerable<Proto.ShardState> saved)
    {
        foreach ((int shard, Guid uid, TableDigest digest) in plane.ReadServiceDigests())
        {
            _shards[shard].Hold(uid, digest);
        }

        foreach (Proto.ShardState state in saved)
        {
            if (state.Version.Shard < ShardMap.Shards && _shards[state.Version.Shard].Digest == ProtoTables.ToDigest(state.Digest))
            {
                _shards[state.Version.Shard].Reach(state.Version);
            }
        }
    }

    /// <summary>Applies an update, or keeps its chunk until the last one arrives.</summary>
    public UpdateOutcome Apply(Proto.Update update)
    {
        uint index = update.To.Shard;
        if (index >= ShardMap.Shards)
        {
            return new UpdateOutcome(true, [], $"shard {index} is not below {ShardMap.Shards}");
        }

        if (!_chunks.TryGetValue(index, out List<Proto.Update>? chunks))
        {
            _chunks[index] = chunks = [];
        }

        if (chunks.Count > 0 && !chunks[0].To.Equals(update.To))
        {
            chunks.Clear();
        }

        chunks.Add(update);
        if (!update.LastChunk)
        {
            return new UpdateOutcome(false, [], null);
        }

        _chunks.Remove(index);
        using Activity? activity = telemetry.StartApply(update);
        ShardLedger shard = _shards[index];
        if (!update.Snapshot && !shard.Continues(update.From))
        {
            shard.Distrust();
            return Fault(activity, $"shard {index}: the update starts at {update.From}, held is {shard.Version}");
        }

        try
        {
            return Apply(shard, chunks, update, activity);
        }
        catch (FormatException malformed)
        {
            shard.Distrust();
            return Fault(activity, $"shard {index}: {malformed.Message}");
        }
    }

    /// <summary>Compares what the plane really holds of a shard with the ledger; a difference distrusts the shard.</summary>
    /// <returns>The difference in words, or null when there is none.</returns>
    public string? Audit(int index)
    {
        ShardLedger shard = _shards[index];
        TableDigest held = plane.ReadDigest(index);
        if (held == shard.Digest)
        {
            return null;
        }

        shard.Distrust();
        return $"shard {index}: the data plane holds {held}, applied was {shard.Digest}";
    }

    private UpdateOutcome Apply(ShardLedger shard, List<Proto.Update> chunks, Proto.Update last, Activity? activity)
    {
        ImmutableArray<ServiceTable> upserts = [.. chunks.SelectMany(chunk => chunk.Upserts).Select(ProtoTables.ToTable)];
        ImmutableArray<Guid> deletes = [.. chunks.SelectMany(chunk => chunk.Deletes).Select(ProtoTables.ToUid)];
        ImmutableArray<Rejection> rejections;
        using (telemetry.StartWrite(plane.Engine, upserts.Length, deletes.Length))
        {
            rejections = plane.Apply(new TableChange((int)last.To.Shard, last.Snapshot, upserts, deletes));
        }

        IEnumerable<Guid> gone = last.Snapshot ? shard.Services.Except(upserts.Select(table => table.Uid)).ToList() : deletes;
        foreach (Guid service in gone)
        {
            shard.Release(service);
        }

        HashSet<Guid> rejected = [.. rejections.Select(rejection => rejection.ServiceUid)];
        foreach (ServiceTable table in upserts.Where(table => !rejected.Contains(table.Uid)))
        {
            shard.Hold(table.Uid, TableDigest.Of(table));
        }

        if (rejections.IsEmpty && shard.Digest != ProtoTables.ToDigest(last.Digest))
        {
            shard.Distrust();
            return Fault(activity, $"shard {last.To.Shard}: digest {shard.Digest} after the update, announced was {ProtoTables.ToDigest(last.Digest)}");
        }

        shard.Reach(last.To);
        return new UpdateOutcome(true, rejections, null);
    }

    private static UpdateOutcome Fault(Activity? activity, string cause)
    {
        activity?.SetStatus(ActivityStatusCode.Error, cause);
        return new UpdateOutcome(true, [], cause);
    }

    private static Proto.ShardState StateOf(ShardLedger shard) =>
        new() { Version = shard.Version, Digest = ProtoTables.ToProto(shard.Digest) };
}
