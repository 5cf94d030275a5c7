namespace Orleans.Cn2.Storage.Sqlite;

/// <summary>
/// Keeps a second process off the database: an exclusive lock on a file beside it, released by the kernel when the process
/// ends, however it ends. The file stays: removing it would let two processes lock two different files of one name.
/// </summary>
internal static class FileLock
{
    // errno of a refused flock: EWOULDBLOCK on Linux and on macOS/BSD; Windows reports ERROR_SHARING_VIOLATION.
    private const int WouldBlockLinux = 11;
    private const int WouldBlockBsd = 35;
    private const int SharingViolation = unchecked((int)0x80070020);

    /// <summary>Takes the lock, or says who can't have it. Disposing the stream releases it.</summary>
    /// <exception cref="StorageUnavailableException">Another process holds it, or the file can't be made.</exception>
    public static FileStream Take(string databasePath)
    {
        string path = databasePath + ".lock";
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException exception) when (exception.HResult is WouldBlockLinux or WouldBlockBsd or SharingViolation)
        {
            throw new StorageUnavailableException(
                StorageFault.Locked, databasePath, $"another silo has it open (it holds '{path}'); two must not share one file", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageUnavailableException(StorageFault.Inaccessible, databasePath, exception.Message, exception);
        }
    }
}
