using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>
/// One shard between a silo and one worker: what was announced, what the worker says it holds, and the version that is proven by the digest of its rows. Only
/// the proven one counts for fences: a worker that rejected a Service, or whose rows are not those announced, may still lead a released address to its former
/// owner.
/// </summary>
internal sealed class ShardDelivery(TimeProvider time)
{
    /// <summary>
    /// Announcements remembered of a worker that does not acknowledge. An acknowledgement of an earlier one proves nothing; a later one makes up for it.
    /// </summary>
    public const int MostAnnounced = 128;

    // A worker that comes to other rows by the same snapshot will do so again: what it costs is bounded.
    private static readonly TimeSpan SnapshotPause = TimeSpan.FromSeconds(5);
    private readonly List<Announced> _announced = [];
    private ShardVersion _refused;
    private bool _distrusted;
    private long? _pausedAt;

    /// <summary>What the worker said last that it holds; null when it distrusts its rows or said nothing.</summary>
    public ShardHolding? Held { get; private set; }

    /// <summary>The newest version that the worker is known to hold, row by row.</summary>
    public ShardVersion Proven { get; private set; }

    /// <summary>True when the shard must be sent as a snapshot, whatever the stream sent before.</summary>
    public bool Distrusted => _distrusted && (_pausedAt is not { } paused || time.GetElapsedTime(paused) >= SnapshotPause);

    /// <summary>Notes what was sent. The time of a snapshot tells nothing of a change, so it is not taken.</summary>
    public void Sent(ShardUpdate update)
    {
        if (update.Snapshot)
        {
            (_distrusted, _pausedAt) = (false, null);
        }

        _announced.RemoveAll(sent => sent.To == update.To && sent.View == update.View);
        if (_announced.Count == MostAnnounced)
        {
            _announced.RemoveAt(0);
        }

        bool changes = !update.Snapshot && (!update.Upserts.IsEmpty || !update.Deletes.IsEmpty);
        _announced.Add(new Announced(update.To, update.View, update.Digest, update.Snapshot, changes ? update.CommittedAt : null));
    }

    /// <summary>The worker rejected a Service of this version.</summary>
    public void Refuse(ShardVersion version) => _refused = version > _refused ? version : _refused;

    /// <summary>
    /// Takes what the worker says it holds. Without a version it distrusts its rows, as after rows that did not add up to the announced digest: whatever was
    /// sent, the shard must come anew.
    /// </summary>
    /// <returns>What it is worth, and when the changes that it proves, and nothing before did, were persisted.</returns>
    public (Acknowledgement Worth, IReadOnlyList<DateTimeOffset> Committed) Take(ShardHolding holding)
    {
        if (holding.Version == ShardVersion.None)
        {
            (Held, Proven) = (null, ShardVersion.None);
            Distrust();
            return (Acknowledgement.Distrusted, []);
        }

        Held = holding;
        int index = _announced.FindIndex(sent => sent.To == holding.Version && sent.View == holding.View);
        if (index < 0)
        {
            return (Acknowledgement.Unproven, []);
        }

        Announced announced = _announced[index];
        if (announced.Digest == holding.Digest)
        {
            DateTimeOffset[] committed = [.. _announced.Take(index + 1).Select(sent => sent.CommittedAt).OfType<DateTimeOffset>()];
            _announced.RemoveRange(0, index + 1);
            Proven = holding.Version;
            return (Acknowledgement.Proven, committed);
        }

        // The rows of a rejected Service are missing, as was said: a snapshot would be rejected likewise.
        if (_refused >= holding.Version)
        {
            return (Acknowledgement.Unproven, []);
        }

        Distrust();
        _pausedAt = announced.Snapshot ? time.GetTimestamp() : null;
        return (Acknowledgement.Mismatch, []);
    }

    /// <summary>Takes over what an earlier stream of the node had proven, where the worker says that it holds at least that: rows never go back.</summary>
    public void Resume(ShardDelivery former) => Proven = Held is { } held && held.Version >= former.Proven ? former.Proven : Proven;

    /// <summary>
    /// Compares what the worker said it holds with what is compiled: so is proven what was announced by another silo, or on an earlier stream.
    /// </summary>
    /// <returns>True when that proves another version than before.</returns>
    public bool Compare(NodeShard compiled, ulong view)
    {
        if (Held is not { } held || held.Version == Proven || held != new ShardHolding(held.Shard, compiled.Shard.Version, view, compiled.Digest))
        {
            return false;
        }

        Proven = held.Version;
        (_distrusted, _pausedAt) = (false, null);
        return true;
    }

    private void Distrust()
    {
        _distrusted = true;
        _announced.Clear();
    }

    private readonly record struct Announced(ShardVersion To, ulong View, TableDigest Digest, bool Snapshot, DateTimeOffset? CommittedAt);
}

/// <summary>What an acknowledgement is worth.</summary>
internal enum Acknowledgement
{
    /// <summary>The rows are those announced with the version.</summary>
    Proven,

    /// <summary>Nothing can be said of the version: it was not announced here, or the worker said that it rejected a part.</summary>
    Unproven,

    /// <summary>The worker distrusts its rows.</summary>
    Distrusted,

    /// <summary>The rows are not those announced, and the worker does not say why.</summary>
    Mismatch,
}
