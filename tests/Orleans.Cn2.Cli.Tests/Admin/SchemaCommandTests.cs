using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Testing.Processes;
using Orleans.Cn2.Testing.Servers;

namespace Orleans.Cn2.Cli.Tests.Admin;

/// <summary><c>cn2 admin schema</c> against a PostgreSQL server.</summary>
public sealed class SchemaCommandTests : IAsyncLifetime
{
    private PostgresServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PostgresServer.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Schema_MadeForAUserThatMayNotCreate_IsEnoughForItsSilo()
    {
        await PsqlAsync("CREATE ROLE silo LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC");

        (int code, string output, string error) = Run("--grant", "silo");
        Assert.True(code == ExitCodes.Ok, error);
        Assert.EndsWith("schema version 1, made\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Username", output, StringComparison.Ordinal);
        Assert.EndsWith("schema version 1, up to date\n", Run("--grant", "silo").Output, StringComparison.Ordinal);

        await using SiloRun silo = SiloRun.StartMember(FreePorts.Take(4), "a", _server.ConnectionString() + ";Username=silo");
        await silo.HealthyAsync();
    }

    [Fact]
    public async Task Print_ShowsWhatTheDatabaseLacks_AndRunsNothing()
    {
        (int code, string script, string error) = Run("--print");
        Assert.True(code == ExitCodes.Ok, error);
        Assert.StartsWith("BEGIN;\n", script, StringComparison.Ordinal);
        Assert.Contains("CREATE TABLE cn2.membership(", script, StringComparison.Ordinal);
        Assert.Equal(script, Cn2.Run("admin", "schema", "--print").Output);

        await PsqlAsync(script);

        Assert.Equal((ExitCodes.Ok, "", ""), Run("--print"));
        Assert.EndsWith("schema version 1, up to date\n", Run().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Schema_OfANewerRelease_IsRefused()
    {
        Run();
        await PsqlAsync("UPDATE cn2.schema_version SET version = 99");

        (int code, _, string error) = Run();

        Assert.Equal(ExitCodes.Refused, code);
        Assert.Contains("the database has schema version 99, this release knows up to 1", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Grant_NameOfAnything_IsQuoted()
    {
        (int code, string script, _) = Cn2.Run("admin", "schema", "--print", "--grant", "o\"x; DROP TABLE y");
        Assert.Equal(ExitCodes.Ok, code);
        Assert.Contains("TO \"o\"\"x; DROP TABLE y\";", script, StringComparison.Ordinal);
    }

    [Fact]
    public void Connection_MissingWrongOrDead_SaysSo()
    {
        (int missing, _, string need) = Cn2.Run("admin", "schema");
        Assert.Equal((ExitCodes.Usage, "error: store-connection: needed, here or in CN2_STORE_CONNECTION\n"), (missing, need));
        (int wrong, _, string fault) = Cn2.Run("admin", "schema", "--store-connection", "Host=h");
        Assert.Equal((ExitCodes.Usage, "error: store-connection: must have a Database\n"), (wrong, fault));
        (int dead, _, string unreachable) = Cn2.Run("admin", "schema", "--store-connection", "Host=127.0.0.1;Port=1;Database=x;Username=u;Password=secret");
        Assert.Equal(ExitCodes.Unavailable, dead);
        Assert.StartsWith("error: postgres://127.0.0.1:1/x: ", unreachable, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", unreachable, StringComparison.Ordinal);
    }

    private (int ExitCode, string Output, string Error) Run(params string[] flags) =>
        Cn2.Run(["admin", "schema", "--store-connection", _server.ConnectionString(), .. flags]);

    // As an administrator would: the script is for psql too.
    private async Task PsqlAsync(string sql)
    {
        Dictionary<string, string> parts = _server.ConnectionString().Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Split('=', 2)).ToDictionary(part => part[0].Trim(), part => part[1], StringComparer.OrdinalIgnoreCase);
        (int status, string output, _) = await ProgramRun.RunAsync(
            "psql", ["-v", "ON_ERROR_STOP=1", "-qX", "-h", parts["Host"], "-U", parts.GetValueOrDefault("Username", "postgres"), "-d", parts["Database"], "-c", sql]);
        Assert.True(status == 0, output);
    }
}
