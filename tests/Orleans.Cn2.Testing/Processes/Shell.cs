namespace Orleans.Cn2.Testing.Processes;

/// <summary>Lines as a user types them into bash, with the programs of this build on PATH.</summary>
public static class Shell
{
    /// <summary>PATH with the directories of the programs of this build before all others.</summary>
    public static string Path { get; } = string.Join(
        ':', System.IO.Path.GetDirectoryName(Checkout.Silo), System.IO.Path.GetDirectoryName(Checkout.Cli), Environment.GetEnvironmentVariable("PATH"));

    /// <summary>Starts a line that goes on.</summary>
    public static ProgramRun Start(string line, params IEnumerable<(string Name, string Value)> environment) =>
        ProgramRun.Start("bash", ["-c", "exec " + line], WithPath(environment));

    /// <summary>Runs a line to its end.</summary>
    public static Task<(int Status, string Output, IReadOnlyCollection<string> Errors)> RunAsync(
        string line, params IEnumerable<(string Name, string Value)> environment) =>
        ProgramRun.RunAsync("bash", ["-c", line], WithPath(environment));

    private static Dictionary<string, string> WithPath(IEnumerable<(string Name, string Value)> environment) =>
        environment.Append((Name: "PATH", Value: Path)).ToDictionary(pair => pair.Name, pair => pair.Value);
}
