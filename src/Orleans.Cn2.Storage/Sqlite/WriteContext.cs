namespace Orleans.Cn2.Storage.Sqlite;

/// <summary>What a write sees inside the batch's transaction: the connection and fresh etags.</summary>
internal sealed class WriteContext : IDisposable
{
    private long _lastEtag;
    private long _savedEtag;

    public WriteContext(SqliteSession session)
    {
        Session = session;
        _lastEtag = session.Scalar("SELECT value FROM etag_sequence WHERE id = 1")
            ?? throw new InvalidDataException("the table etag_sequence has no row");
        _savedEtag = _lastEtag;
    }

    /// <summary>The writer's connection.</summary>
    public SqliteSession Session { get; }

    /// <summary>An etag no row of this file ever had.</summary>
    public long NextEtag() => ++_lastEtag;

    public void Begin() => Session.Execute("BEGIN IMMEDIATE");

    /// <summary>Makes the batch durable together with the etags it used.</summary>
    public void Commit()
    {
        if (_lastEtag != _savedEtag)
        {
            Session.Execute("UPDATE etag_sequence SET value = $1 WHERE id = 1", _lastEtag);
        }

        Session.Execute("COMMIT");
        _savedEtag = _lastEtag;
    }

    public void Dispose() => Session.Dispose();
}
