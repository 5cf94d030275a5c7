using Microsoft.Data.Sqlite;

namespace Orleans.Cn2.Storage.Sqlite;

/// <summary>Maps SQLite's result codes (https://sqlite.org/rescode.html) to our faults.</summary>
internal static class SqliteFaults
{
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CantOpen = 14;
    private const int NotADatabase = 26;

    /// <summary>The fault a primary result code stands for.</summary>
    public static StorageFault Classify(int resultCode) => resultCode switch
    {
        Busy or Locked => StorageFault.Locked,
        ReadOnly => StorageFault.ReadOnly,
        InputOutput => StorageFault.InputOutput,
        Corrupt or NotADatabase => StorageFault.Corrupt,
        Full => StorageFault.Full,
        CantOpen => StorageFault.Inaccessible,
        _ => StorageFault.Other,
    };

    /// <summary>Wraps what SQLite reported; the extended code tells an operator which system call failed.</summary>
    public static StorageUnavailableException Wrap(SqliteException exception, string path) =>
        new(Classify(exception.SqliteErrorCode), path, $"{exception.Message} (extended code {exception.SqliteExtendedErrorCode})", exception);
}
