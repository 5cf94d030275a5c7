using Microsoft.Data.Sqlite;

namespace Orleans.Cn2.Storage.Sqlite;

/// <summary>One connection, used by one thread, with its prepared statements.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    private SqliteSession(SqliteConnection connection)
    {
        _connection = connection;
    }

    /// <summary>Opens the file and sets what holds per connection.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="mode">Only the very first open may create: a file that vanished later must not be replaced by an empty one.</param>
    /// <param name="options">Lock timeout and size limit.</param>
    public static SqliteSession Open(string path, SqliteOpenMode mode, EmbeddedStorageOptions options)
    {
        SqliteConnectionStringBuilder builder = new()
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = (int)options.LockTimeout.TotalSeconds,
        };
        SqliteSession session = new(new SqliteConnection(builder.ConnectionString));
        try
        {
            session._connection.Open();
            if (mode != SqliteOpenMode.ReadOnly)
            {
                session.Execute("PRAGMA journal_mode=WAL");
                session.Execute("PRAGMA synchronous=FULL");
                session.Execute("PRAGMA journal_size_limit=67108864");
                if (options.MaxBytes is long bytes)
                {
                    session.Execute($"PRAGMA max_page_count={bytes / EmbeddedStorageOptionsValidator.PageBytes}");
                }
            }

            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>The statement, prepared once per session, with its parameters $1, $2, ... set.</summary>
    public SqliteCommand Command(string sql, params ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out SqliteCommand? command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            for (int i = 1; i <= values.Length; i++)
            {
                command.Parameters.Add(new SqliteParameter($"${i}", null));
            }

            _commands.Add(sql, command);
        }

        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return command;
    }

    /// <summary>Runs a statement and gives the number of rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Command(sql, values).ExecuteNonQuery();

    /// <summary>First column of the first row as an integer, null without a row.</summary>
    public long? Scalar(string sql, params ReadOnlySpan<object?> values) => Command(sql, values).ExecuteScalar() as long?;

    public void Dispose()
    {
        foreach (SqliteCommand command in _commands.Values)
        {
            command.Dispose();
        }

        _commands.Clear();
        _connection.Dispose();
    }
}
