namespace Orleans.Cn2.Storage;

/// <summary>Settings of the embedded store: one SQLite file, owned by one silo.</summary>
public sealed class EmbeddedStorageOptions
{
    /// <summary>Path of the database file, made with its directory if missing. SQLite keeps <c>-wal</c> and <c>-shm</c> beside it, we a <c>.lock</c>.</summary>
    public string Path { get; set; } = "";

    /// <summary>Most writes in one transaction, which costs one sync of the disk.</summary>
    public int MaxBatch { get; set; } = 512;

    /// <summary>Writes that may wait for the writer; a caller beyond that waits to be let in.</summary>
    public int QueueCapacity { get; set; } = 4096;

    /// <summary>Reader threads, each with a connection of its own. Reads see the last commit and never wait for the writer.</summary>
    public int Readers { get; set; } = 2;

    /// <summary>Largest size of the database file in bytes; null: as large as the disk. The write-ahead log comes on top.</summary>
    public long? MaxBytes { get; set; }

    /// <summary>How long an operation waits for a lock that somebody else holds on the file (a backup tool, a shell), in whole seconds.</summary>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
