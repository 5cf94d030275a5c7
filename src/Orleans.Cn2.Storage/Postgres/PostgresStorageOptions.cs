namespace Orleans.Cn2.Storage;

/// <summary>Settings of the store on PostgreSQL (13 or newer): one database, shared by the silos of one cluster.</summary>
public sealed class PostgresStorageOptions
{
    /// <summary>Connection string in Npgsql's words: <c>Host=...;Username=...;Password=...;Database=...</c>; Host may be the directory of a unix socket.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>Most writes in one transaction, which costs one round trip and one sync of the server's disk.</summary>
    public int MaxBatch { get; set; } = 512;

    /// <summary>Writes that may wait for a writer; a caller beyond that waits to be let in.</summary>
    public int QueueCapacity { get; set; } = 4096;

    /// <summary>Writers, each with a connection of its own: while one waits for the server's disk the other is at its processor.</summary>
    public int Writers { get; set; } = 2;

    /// <summary>Readers, each with a connection of its own. Reads that wait are sent together.</summary>
    public int Readers { get; set; } = 2;

    /// <summary>How long a connection or a statement may take, in whole seconds. A write given up may still take effect: its etag tells.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);
}
