using System.Collections.Immutable;
using System.Diagnostics;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Worker.Telemetry;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Tables;

/// <summary>What became of an update.</summary>
/// <param name="Complete">False while further chunks of it are awaited.</param>
/// <param name="Rejections">Services that could not be programmed; their previous state serves on, and they are tried again.</param>
/// <param name="Fault">Why the shard is distrusted and must come as a snapshot, or null.</param>
internal sealed record UpdateOutcome(bool Complete, ImmutableArray<Rejection> Rejections, string? Fault);

/// <summary>What became of rejected services that were tried again.</summary>
/// <param name="Accepted">Those that are programmed now.</param>
/// <param name="Shards">Shards that have none left, and so another version to acknowledge.</param>
internal sealed record RetryOutcome(ImmutableArray<NamespacedName> Accepted, ImmutableArray<uint> Shards);

/// <summary>
/// Brings the data plane from version to version: gathers the chunks of an update, refuses what does not continue what is held, applies it and
/// compares digests. What the data plane does not take is kept and tried again: room comes back after a while, and an address may be held by a service whose
/// end comes in another shard's update. Called by one thread at a time.
/// </summary>
internal sealed class TableApplier(IForwardingPlane plane, WorkerTelemetry telemetry)
{
    private readonly ShardLedger[] _shards = [.. Enumerable.Range(0, ShardMap.Shards).Select(_ => new ShardLedger())];
    private readonly Dictionary<uint, List<Proto.Update>> _chunks = [];
    private int _nextRetried;

    /// <summary>Tables that the data plane does not take for now.</summary>
    public IEnumerable<RejectedTable> Rejected => _shards.SelectMany(shard => shard.Rejected);

    /// <summary>State of every shard that holds a version, for Hello and Ack.</summary>
    public IEnumerable<Proto.ShardState> States => _shards.Where(shard => shard.Version is not null).Select(StateOf);

    /// <summary>State of one shard; with epoch 0 when it must come as a snapshot.</summary>
    public Proto.ShardState State(uint shard) =>
        _shards[shard].Version is null ? new Proto.ShardState { Version = new Proto.ShardVersion { Shard = shard } } : StateOf(_shards[shard]);

    /// <summary>
    /// False for a shard of which nothing was programmed as a whole yet, though a snapshot of it was received: an acknowledgement without a version would ask
    /// for the snapshot again, which would fare no better.
    /// </summary>
    public bool CanAcknowledge(uint shard) => _shards[shard] is { Version: not null } or { Received: null };

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

    /// <summary>Tries again so many of the rejected tables, those that waited longest first, one shard after the other.</summary>
    public RetryOutcome Retry(int most)
    {
        ImmutableArray<NamespacedName>.Builder accepted = ImmutableArray.CreateBuilder<NamespacedName>();
        ImmutableArray<uint>.Builder shards = ImmutableArray.CreateBuilder<uint>();
        for (int i = 0; i < ShardMap.Shards && most > 0; i++)
        {
            uint index = (uint)_nextRetried;
            _nextRetried = (_nextRetried + 1) % ShardMap.Shards;
            ShardLedger shard = _shards[index];
            RejectedTable[] tried = [.. shard.Rejected.Take(most)];
            if (tried.Length == 0)
            {
                continue;
            }

            most -= tried.Length;
            Program(shard, new TableChange((int)index, false, [.. tried.Select(each => each.Table)], []), each => tried.First(was => was.Table.Uid == each.ServiceUid).Cause);
            accepted.AddRange(tried.Where(each => !shard.IsRejected(each.Table.Uid)).Select(each => each.Table.Name));
            if (shard.Rejected.Count == 0 && shard.Received is { } received)
            {
                shard.Reach(received);
                shards.Add(index);
            }
        }

        return new RetryOutcome(accepted.ToImmutable(), shards.ToImmutable());
    }

    /// <summary>Compares what the plane really holds of a shard with the ledger; a difference distrusts the shard.</summary>
    /// <returns>The difference in words, or null when there is none or the shard comes as a snapshot anyway.</returns>
    public string? Audit(int index)
    {
        ShardLedger shard = _shards[index];
        if (shard.Received is null)
        {
            return null;
        }

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
        if (!last.Snapshot && !last.From.Equals(shard.Received))
        {
            // Sent anew from what was acknowledged: what was rejected since then is in it, or no longer wanted.
            shard.ForgetRejected();
        }

        IEnumerable<Guid> gone = last.Snapshot ? shard.Known.Except(upserts.Select(table => table.Uid)).ToList() : deletes;
        ImmutableArray<Rejection> rejections;
        using (telemetry.StartWrite(plane.Engine, upserts.Length, deletes.Length))
        {
            rejections = Program(shard, new TableChange((int)last.To.Shard, last.Snapshot, upserts, deletes), each => each.Cause);
        }

        foreach (Guid service in gone)
        {
            shard.Release(service);
        }

        if (shard.ReceivedDigest != ProtoTables.ToDigest(last.Digest))
        {
            TableDigest received = shard.ReceivedDigest;
            shard.Distrust();
            return Fault(activity, $"shard {last.To.Shard}: digest {received} after the update, announced was {ProtoTables.ToDigest(last.Digest)}");
        }

        shard.Reach(last.To);
        return new UpdateOutcome(true, rejections, null);
    }

    /// <summary>Has the plane apply a change, and notes what it took of it.</summary>
    private ImmutableArray<Rejection> Program(ShardLedger shard, TableChange change, Func<Rejection, string> causeOf)
    {
        ImmutableArray<Rejection> rejections = plane.Apply(change);
        Dictionary<Guid, Rejection> rejected = rejections.ToDictionary(rejection => rejection.ServiceUid);
        foreach (ServiceTable table in change.Upserts)
        {
            if (rejected.TryGetValue(table.Uid, out Rejection? rejection))
            {
                shard.Reject(new RejectedTable(table, causeOf(rejection)), rejection.Held);
            }
            else
            {
                shard.Hold(table.Uid, TableDigest.Of(table));
            }
        }

        return rejections;
    }

    private static UpdateOutcome Fault(Activity? activity, string cause)
    {
        activity?.SetStatus(ActivityStatusCode.Error, cause);
        return new UpdateOutcome(true, [], cause);
    }

    private static Proto.ShardState StateOf(ShardLedger shard) =>
        new() { Version = shard.Version, Digest = ProtoTables.ToProto(shard.Digest) };
}
