namespace Orleans.Cn2.Storage;

/// <summary>
/// The store could not carry out an operation. Nothing of the operation is visible to readers; a failure while a commit
/// was being synced may, like a timeout, still turn out to be durable after a crash, and the etag tells.
/// The store tries again with the next operation, so no restart is needed once the cause is gone.
/// </summary>
[GenerateSerializer]
public sealed class StorageUnavailableException : Exception
{
    /// <summary>Makes the exception of one fault.</summary>
    /// <param name="fault">The cause.</param>
    /// <param name="path">Full path of the database file.</param>
    /// <param name="detail">What was found, in the words of the store or the operating system.</param>
    /// <param name="innerException">The exception below, if any.</param>
    public StorageUnavailableException(StorageFault fault, string path, string detail, Exception? innerException = null)
        : base($"Embedded store '{path}' is unavailable ({fault}): {detail}", innerException)
    {
        Fault = fault;
        Path = path;
    }

    /// <summary>The cause.</summary>
    [Id(0)]
    public StorageFault Fault { get; }

    /// <summary>Full path of the database file.</summary>
    [Id(1)]
    public string Path { get; }
}
