namespace Orleans.Cn2.Storage.Sqlite;

/// <summary>The tables, and the steps that bring a file of an older release to them. <c>user_version</c> counts the steps taken.</summary>
internal static class SqliteSchema
{
    /// <summary>
    /// Step n leads from version n to n+1. Steps are never changed after a release, only added.
    /// The grain key is a BLOB because it is a byte string in Orleans; ordering it before the type lets a key prefix be a range
    /// of the primary key. Etags come from one sequence, so that a state cleared and written again never meets an old etag.
    /// </summary>
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE state(
            name       TEXT    NOT NULL,
            grain_key  BLOB    NOT NULL,
            grain_type TEXT    NOT NULL,
            etag       INTEGER NOT NULL,
            format     INTEGER NOT NULL,
            payload    BLOB    NOT NULL,
            PRIMARY KEY (name, grain_key, grain_type)
        ) STRICT;
        CREATE TABLE etag_sequence(
            id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
            value INTEGER NOT NULL
        ) STRICT;
        INSERT INTO etag_sequence VALUES (1, 0);
        CREATE VIEW readable_state AS
            SELECT name, grain_type, CAST(grain_key AS TEXT) AS grain_key, etag, format, length(payload) AS bytes FROM state;
        """,
    ];

    /// <summary>The version this release writes.</summary>
    public static int Current => Steps.Length;

    /// <summary>Takes the missing steps, each in a transaction of its own.</summary>
    /// <exception cref="StorageUnavailableException">The file is of a newer release.</exception>
    public static void Upgrade(SqliteSession session, string path)
    {
        long version = session.Scalar("PRAGMA user_version") ?? 0;
        if (version > Current)
        {
            throw new StorageUnavailableException(
                StorageFault.SchemaTooNew,
                path,
                $"the file has schema version {version}, this release knows up to {Current}; use the release that wrote it");
        }

        for (long step = version; step < Current; step++)
        {
            // A failure ends the session, which rolls back.
            session.Execute("BEGIN IMMEDIATE");
            session.Execute(Steps[step]);
            session.Execute($"PRAGMA user_version={step + 1}");
            session.Execute("COMMIT");
        }
    }
}
