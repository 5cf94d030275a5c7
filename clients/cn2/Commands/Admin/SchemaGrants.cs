namespace Orleans.Cn2.Cli.Commands.Admin;

/// <summary>What a silo's user needs once the tables are made: to read and write them.</summary>
internal static class SchemaGrants
{
    /// <summary>Statements that give these users the right; empty for none.</summary>
    public static string Script(IEnumerable<string> users) => string.Concat(users.Select(user => $"""
        GRANT USAGE ON SCHEMA cn2 TO {Quoted(user)};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA cn2 TO {Quoted(user)};
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA cn2 TO {Quoted(user)};

        """));

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
