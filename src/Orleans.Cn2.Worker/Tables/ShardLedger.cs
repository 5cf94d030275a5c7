using Orleans.Cn2.Core.Tables;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Tables;

/// <summary>A table that was received and can't be programmed for now.</summary>
/// <param name="Table">As it is to be.</param>
/// <param name="Cause">What stood against it first.</param>
internal sealed record RejectedTable(ServiceTable Table, string Cause);

/// <summary>
/// What the data plane holds of one shard: the digest of each service's rows, the tables that it did not take, and the versions that follow. A shard with a
/// rejected table goes on with what it receives; the version that it is acknowledged for stays behind until every table is programmed.
/// </summary>
internal sealed class ShardLedger
{
    private readonly Dictionary<Guid, TableDigest> _services = [];
    private readonly OrderedDictionary<Guid, RejectedTable> _rejected = [];

    /// <summary>The last version that was programmed as a whole; null while there is none.</summary>
    public Proto.ShardVersion? Version { get; private set; }

    /// <summary>The version received last, or null when the next update must be a snapshot.</summary>
    public Proto.ShardVersion? Received { get; private set; }

    /// <summary>Digest of all rows held.</summary>
    public TableDigest Digest { get; private set; }

    /// <summary>Digest of all rows received: those held, with the rejected tables in place of what is held of these services.</summary>
    public TableDigest ReceivedDigest => _rejected.Values.Aggregate(
        Digest, (sum, each) => sum - _services.GetValueOrDefault(each.Table.Uid) + TableDigest.Of(each.Table));

    /// <summary>Uids of the services held or rejected.</summary>
    public IEnumerable<Guid> Known => _services.Keys.Union(_rejected.Keys);

    /// <summary>Tables that are not programmed; the one tried longest ago comes first.</summary>
    public IReadOnlyCollection<RejectedTable> Rejected => _rejected.Values;

    /// <summary>True for a service whose table is not programmed.</summary>
    public bool IsRejected(Guid service) => _rejected.ContainsKey(service);

    /// <summary>Counts a service as held, in place of its former rows.</summary>
    public void Hold(Guid service, TableDigest digest)
    {
        Release(service);
        _services[service] = digest;
        Digest += digest;
    }

    /// <summary>Counts a service as no longer held.</summary>
    public void Release(Guid service)
    {
        _rejected.Remove(service);
        if (_services.Remove(service, out TableDigest former))
        {
            Digest -= former;
        }
    }

    /// <summary>Counts a table as rejected, and so many rows of its service as held.</summary>
    public void Reject(RejectedTable table, TableDigest held)
    {
        Release(table.Table.Uid);
        if (held.Rows > 0)
        {
            Hold(table.Table.Uid, held);
        }

        _rejected.Add(table.Table.Uid, table);
    }

    /// <summary>Takes what is held for all there is to hold: whoever sends goes on from there.</summary>
    public void ForgetRejected() => _rejected.Clear();

    /// <summary>Notes that the shard was brought to this version, save for what was rejected.</summary>
    public void Reach(Proto.ShardVersion version)
    {
        Received = version;
        Version = _rejected.Count == 0 ? version : Version;
    }

    /// <summary>Distrusts the versions: the next update must be a snapshot.</summary>
    public void Distrust()
    {
        (Version, Received) = (null, null);
        _rejected.Clear();
    }

    /// <summary>True when an update from this version continues what was received, or, on a new stream, what is acknowledged.</summary>
    public bool Continues(Proto.ShardVersion? from) => from is not null && (from.Equals(Received) || from.Equals(Version));
}
