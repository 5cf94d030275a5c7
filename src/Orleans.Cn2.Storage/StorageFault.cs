namespace Orleans.Cn2.Storage;

/// <summary>Why the store could not carry out an operation.</summary>
[GenerateSerializer]
public enum StorageFault
{
    /// <summary>A cause without an own value; the inner message of the store says more.</summary>
    Other,

    /// <summary>The disk is full, or the database reached <see cref="EmbeddedStorageOptions.MaxBytes"/>.</summary>
    Full,

    /// <summary>The file or server may not be written.</summary>
    ReadOnly,

    /// <summary>The operating system failed to read, write or sync.</summary>
    InputOutput,

    /// <summary>Another process holds the file, or held a lock for longer than <see cref="EmbeddedStorageOptions.LockTimeout"/>; a server ended a deadlock.</summary>
    Locked,

    /// <summary>The file is damaged or no database.</summary>
    Corrupt,

    /// <summary>The file or its directory can't be opened or made, or the file was moved away or deleted under the running process; a server refused the user or has no such database.</summary>
    Inaccessible,

    /// <summary>The store was written by a newer release, whose schema this one does not know.</summary>
    SchemaTooNew,

    /// <summary>The store is not opened yet, or is closed.</summary>
    Closed,

    /// <summary>The server can't be reached, is starting or stopping, or did not answer in time.</summary>
    Unreachable,
}
