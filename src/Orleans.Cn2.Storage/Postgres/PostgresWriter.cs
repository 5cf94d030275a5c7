using Microsoft.Extensions.Logging;
using Orleans.Cn2.Storage.Batching;
using Orleans.Cn2.Storage.States;

namespace Orleans.Cn2.Storage.Postgres;

/// <summary>One of a silo's writers: a batch is one statement, and so one transaction.</summary>
internal sealed class PostgresWriter(PostgresServer server, ILogger logger) : GroupCommit<StateWrite>(server.Location, logger)
{
    private const string NextBlock = "SELECT nextval('cn2.etag_block')";

    // Etags are dealt out by the thousand, so that they are known before the statement is sent. What is left of a block is never used.
    private const long BlockSize = 1024;

    private PostgresSession? _session;
    private long _nextEtag;
    private long _endOfBlock;

    /// <inheritdoc/>
    public override void Handle(IReadOnlyList<StateWrite> batch)
    {
        // One statement changes a row at most once: a second write of an address goes with the next one.
        HashSet<StateAddress> taken = [];
        List<StateWrite> now = [];
        List<StateWrite> later = [];
        foreach (StateWrite write in batch)
        {
            (taken.Add(write.Address) ? now : later).Add(write);
        }

        // In one order on every silo: two that change the same rows wait for each other in turn and not in a circle.
        now.Sort((one, other) => one.Address.CompareTo(other.Address));
        base.Handle(now);
        if (later.Count > 0)
        {
            Handle(later);
        }
    }

    protected override void Commit(IReadOnlyList<StateWrite> batch)
    {
        PostgresSession session = _session ??= server.OpenSession();
        long[] etags = [.. batch.Select(_ => NextEtag(session))];
        HashSet<long> applied = PostgresRows.Apply(session, batch, etags);
        List<StateWrite> missed = [];
        for (int i = 0; i < batch.Count; i++)
        {
            if (applied.Contains(etags[i]))
            {
                batch[i].Result = new EtagCheck(true, batch[i].Payload is null ? null : etags[i]);
            }
            else
            {
                missed.Add(batch[i]);
            }
        }

        if (missed.Count > 0)
        {
            Explain(session, missed);
        }
    }

    protected override void Drop()
    {
        _session?.Dispose();
        _session = null;
    }

    protected override StorageUnavailableException? Explain(Exception exception) => PostgresFaults.Explain(exception, Location);

    // What stands there instead is read after the fact: it is for the message, and for a deletion that found nothing to delete.
    private static void Explain(PostgresSession session, List<StateWrite> missed)
    {
        StoredState?[] rows = PostgresRows.Read(session, [.. missed.Select(write => write.Address)]);
        foreach ((StateWrite write, StoredState? row) in missed.Zip(rows))
        {
            write.Result = new EtagCheck(write is { Payload: null, Expected: null } && row is null, row?.Etag);
        }
    }

    private long NextEtag(PostgresSession session)
    {
        if (_nextEtag == _endOfBlock)
        {
            _nextEtag = (long)session.Command(NextBlock).ExecuteScalar()! * BlockSize;
            _endOfBlock = _nextEtag + BlockSize;
        }

        return _nextEtag++;
    }
}
