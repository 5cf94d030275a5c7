using Orleans.Cn2.Cli.Cli;

namespace Orleans.Cn2.Cli.Check;

/// <summary>Finds the example that is checked unless a file is given.</summary>
internal static class DefaultManifest
{
    private const string File = "k8s/examples/nginx-dual-stack.yaml";

    /// <summary>Its path: below <c>$CN2_HOME</c>, else below the nearest directory above this program or the current one that has it.</summary>
    /// <exception cref="CommandException">It is nowhere.</exception>
    public static string Path()
    {
        string[] roots = Environment.GetEnvironmentVariable("CN2_HOME") is { Length: > 0 } home
            ? [home]
            : [.. Above(AppContext.BaseDirectory), .. Above(Directory.GetCurrentDirectory())];
        return roots.Select(root => System.IO.Path.Combine(root, File)).FirstOrDefault(System.IO.File.Exists)
            ?? throw new CommandException(ExitCodes.Usage, $"{File} is not found below {string.Join(", ", roots)}; name manifests by -f");
    }

    private static IEnumerable<string> Above(string start)
    {
        for (DirectoryInfo? directory = new(start); directory is not null; directory = directory.Parent)
        {
            yield return directory.FullName;
        }
    }
}
