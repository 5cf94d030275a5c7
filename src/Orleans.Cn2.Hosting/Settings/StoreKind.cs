namespace Orleans.Cn2.Hosting.Settings;

/// <summary>Kinds of stores.</summary>
internal enum StoreKind
{
    /// <summary>A file of one silo's own, which is then the cluster's only one.</summary>
    Embedded,

    /// <summary>A database on PostgreSQL, shared by the cluster's silos.</summary>
    Postgres,

    /// <summary>Redis, shared by the cluster's silos.</summary>
    Redis,
}
