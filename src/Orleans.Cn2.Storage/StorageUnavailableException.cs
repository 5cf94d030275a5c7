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
    /// <param name="location">Where the store is: full path of a database file, or <c>postgres://HOST:PORT/DATABASE</c>.</param>
    /// <param name="detail">What was found, in the words of the store or the operating system.</param>
    /// <param name="innerException">The exception below, if any.</param>
    public StorageUnavailableException(StorageFault fault, string location, string detail, Exception? innerException = null)
        : base($"Store '{location}' is unavailable ({fault}): {detail}", innerException)
    {
        Fault = fault;
        Location = location;
    }

    /// <summary>The cause.</summary>
    [Id(0)]
    public StorageFault Fault { get; }

    /// <summary>Where the store is: full path of a database file, or <c>postgres://HOST:PORT/DATABASE</c>.</summary>
    [Id(1)]
    public string Location { get; }
}
