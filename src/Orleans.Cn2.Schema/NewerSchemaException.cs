namespace Orleans.Cn2.Schema;

/// <summary>The database is of a newer release, whose tables this one does not know. Nothing was changed.</summary>
/// <param name="found">Version of the database's schema.</param>
/// <param name="known">Newest version that this release knows.</param>
public sealed class NewerSchemaException(int found, int known)
    : Exception($"the database has schema version {found}, this release knows up to {known}; use the release that wrote it")
{
    /// <summary>Version of the database's schema.</summary>
    public int Found { get; } = found;

    /// <summary>Newest version that this release knows.</summary>
    public int Known { get; } = known;
}
