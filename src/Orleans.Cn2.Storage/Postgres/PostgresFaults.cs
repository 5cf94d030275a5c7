using System.Net.Sockets;
using Npgsql;
using Orleans.Cn2.Schema;

namespace Orleans.Cn2.Storage.Postgres;

/// <summary>Maps the server's condition codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) and broken connections to our faults.</summary>
internal static class PostgresFaults
{
    /// <summary>The fault that a condition code stands for.</summary>
    public static StorageFault Classify(string sqlState) => sqlState switch
    {
        PostgresErrorCodes.DiskFull or PostgresErrorCodes.ProgramLimitExceeded => StorageFault.Full,
        PostgresErrorCodes.ReadOnlySqlTransaction => StorageFault.ReadOnly,
        PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable => StorageFault.Locked,
        PostgresErrorCodes.IoError => StorageFault.InputOutput,
        PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted or PostgresErrorCodes.UndefinedTable => StorageFault.Corrupt,
        PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InsufficientPrivilege => StorageFault.Inaccessible,
        PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.QueryCanceled => StorageFault.Unreachable,
        _ => sqlState[..2] switch
        {
            "28" => StorageFault.Inaccessible,
            "57" or "08" => StorageFault.Unreachable,
            _ => StorageFault.Other,
        },
    };

    /// <summary>Wraps a failure of the server or of the way to it; null for anything else.</summary>
    public static StorageUnavailableException? Explain(Exception exception, string location) => exception switch
    {
        NewerSchemaException newer => new(StorageFault.SchemaTooNew, location, newer.Message, newer),
        PostgresException refused => new(Classify(refused.SqlState), location, $"{refused.MessageText} (SQLSTATE {refused.SqlState})", refused),
        NpgsqlException { InnerException: { } cause } broken => new(StorageFault.Unreachable, location, $"{broken.Message}: {cause.Message}", broken),
        NpgsqlException or TimeoutException or SocketException or IOException =>
            new(StorageFault.Unreachable, location, exception.Message, exception),
        _ => null,
    };
}
