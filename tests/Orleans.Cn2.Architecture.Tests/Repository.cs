namespace Orleans.Cn2.Architecture.Tests;

/// <summary>The checkout under test: its root and the files that were written by hand.</summary>
internal static class Repository
{
    private static readonly string[] NotSource = ["bin", "obj", "artifacts", ".git", "TestResults", "node_modules"];

    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Full paths of the hand-written files with one of these extensions, in a stable order.</summary>
    public static IReadOnlyList<string> Files(params string[] extensions) =>
        [.. Walk(Root).Where(file => extensions.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal)];

    /// <summary>The path below the root, with forward slashes.</summary>
    public static string Relative(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');

    /// <summary>The text of a file given by its path below the root.</summary>
    public static string Read(string relative) => File.ReadAllText(Path.Combine(Root, relative));

    private static IEnumerable<string> Walk(string folder) => Directory.EnumerateFiles(folder)
        .Concat(Directory.EnumerateDirectories(folder)
            .Where(child => !NotSource.Contains(Path.GetFileName(child)) && new DirectoryInfo(child).LinkTarget is null)
            .SelectMany(Walk));

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Orleans.Cn2.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no Orleans.Cn2.sln above {AppContext.BaseDirectory}");
    }
}
