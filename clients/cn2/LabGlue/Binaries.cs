using Orleans.Cn2.Cli.Cli;

namespace Orleans.Cn2.Cli.LabGlue;

/// <summary>Finds the product's other programs: in the directories of <c>$CN2_BIN</c> (as in PATH), beside this program, or where scripts/publish.sh puts them.</summary>
internal static class Binaries
{
    public const string Silo = "cn2-silo";
    public const string Worker = "cn2-vrouter";
    public const string Echo = "cn2-echo";

    /// <exception cref="CommandException">It is nowhere; says where it was looked for.</exception>
    public static string Find(string name)
    {
        string here = AppContext.BaseDirectory;
        string[] places =
        [
            .. (Environment.GetEnvironmentVariable("CN2_BIN") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries),
            here,
            Path.GetFullPath(Path.Combine(here, "..", "bin")),
            Path.GetFullPath(Path.Combine(here, "..", "silo")),
        ];
        return places.Select(place => Path.Combine(place, name)).FirstOrDefault(File.Exists)
            ?? throw new CommandException(ExitCodes.CannotRun, $"{name} is in none of {string.Join(", ", places)}; run scripts/publish.sh");
    }
}
