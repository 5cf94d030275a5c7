using System.CommandLine;
using Npgsql;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Schema;

namespace Orleans.Cn2.Cli.Commands.Admin;

/// <summary><c>cn2 admin schema</c>: the tables of a cluster's store on PostgreSQL, made and upgraded by whoever may.</summary>
internal static class SchemaCommand
{
    private const string Variable = "CN2_STORE_CONNECTION";

    public static Command Create()
    {
        Option<string> connection = new("--store-connection")
        {
            Description = $"The database: Host=HOST;Username=...;Password=...;Database=... (default: ${Variable})",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable(Variable) ?? "",
        };
        Option<string[]> grant = new("--grant") { Description = "User that may then read and write the tables, for silos; repeatable" };
        Option<bool> print = new("--print") { Description = "Show the SQL and run nothing: what the database lacks, or all where none is named" };
        return new Command("schema", "Make or upgrade the tables of the store on PostgreSQL, as silos do at their start; may be repeated")
            .With(connection, grant, print)
            .Does((parsed, cancellation) =>
                RunAsync(parsed.GetRequiredValue(connection), parsed.GetValue(grant) ?? [], parsed.GetValue(print), cancellation));
    }

    private static async Task<int> RunAsync(string connection, string[] users, bool print, CancellationToken cancellation)
    {
        if (print && connection.Length == 0)
        {
            await Console.Out.WriteAsync(PostgresSchema.Script(0) + SchemaGrants.Script(users)).ConfigureAwait(false);
            return ExitCodes.Ok;
        }

        IReadOnlyList<string> faults = connection.Length == 0 ? [$"needed, here or in {Variable}"] : PostgresConnection.Faults(connection);
        if (faults.Count > 0)
        {
            throw new CommandException(ExitCodes.Usage, string.Join("; ", faults.Select(fault => $"store-connection: {fault}")));
        }

        NpgsqlConnectionStringBuilder builder = new(connection) { ApplicationName = "cn2" };
        string location = PostgresConnection.LocationOf(builder);
        NpgsqlDataSource database = NpgsqlDataSource.Create(builder);
        await using (database.ConfigureAwait(false))
        {
            try
            {
                await Console.Out.WriteAsync(print
                    ? PostgresSchema.Script(await PostgresSchema.FindAsync(database, cancellation).ConfigureAwait(false)) + SchemaGrants.Script(users)
                    : await UpgradeAsync(database, location, users, cancellation).ConfigureAwait(false)).ConfigureAwait(false);
                return ExitCodes.Ok;
            }
            catch (NewerSchemaException newer)
            {
                throw new CommandException(ExitCodes.Refused, $"{location}: {newer.Message}");
            }
            catch (PostgresException refused)
            {
                throw new CommandException(ExitCodes.Refused, $"{location}: {refused.MessageText} (SQLSTATE {refused.SqlState})");
            }
            catch (NpgsqlException unreachable)
            {
                throw new CommandException(ExitCodes.Unavailable, $"{location}: {unreachable.Message}");
            }
        }
    }

    private static async Task<string> UpgradeAsync(NpgsqlDataSource database, string location, string[] users, CancellationToken cancellation)
    {
        SchemaChange change = await PostgresSchema.UpgradeAsync(database, cancellation).ConfigureAwait(false);
        if (users.Length > 0)
        {
            NpgsqlCommand grants = database.CreateCommand(SchemaGrants.Script(users));
            await using (grants.ConfigureAwait(false))
            {
                await grants.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
            }
        }

        string done = change.From == change.To ? "up to date" : change.From == 0 ? "made" : $"upgraded from version {change.From}";
        return $"{location}: schema version {change.To}, {done}\n";
    }
}
