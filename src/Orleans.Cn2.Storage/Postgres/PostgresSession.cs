using Npgsql;
using NpgsqlTypes;

namespace Orleans.Cn2.Storage.Postgres;

/// <summary>One connection, used by one thread, with its prepared statements.</summary>
internal sealed class PostgresSession : IDisposable
{
    // Every join of ours is a batch against a primary key, and is to be done so whatever the server believes of the table, which grows from nothing.
    private const string Settings = """
        SET plan_cache_mode = force_custom_plan; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
        SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
        """;

    private readonly NpgsqlConnection _connection;
    private readonly Dictionary<string, NpgsqlCommand> _commands = new(StringComparer.Ordinal);

    private PostgresSession(string connectionString) => _connection = new NpgsqlConnection(connectionString);

    /// <summary>Connects and sets what holds per connection.</summary>
    public static PostgresSession Open(string connectionString)
    {
        PostgresSession session = new(connectionString);
        try
        {
            session._connection.Open();
            using NpgsqlCommand settings = new(Settings, session._connection);
            settings.ExecuteNonQuery();
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>The statement, prepared once per session, with its parameters $1, $2, ... set.</summary>
    public NpgsqlCommand Command(string sql, params ReadOnlySpan<(NpgsqlDbType Type, object Value)> values)
    {
        if (!_commands.TryGetValue(sql, out NpgsqlCommand? command))
        {
            command = new NpgsqlCommand(sql, _connection);
            foreach ((NpgsqlDbType type, object value) in values)
            {
                command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type, Value = value });
            }

            command.Prepare();
            _commands.Add(sql, command);
            return command;
        }

        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i].Value;
        }

        return command;
    }

    public void Dispose()
    {
        foreach (NpgsqlCommand command in _commands.Values)
        {
            command.Dispose();
        }

        _commands.Clear();
        _connection.Dispose();
    }
}
