using System.Text.RegularExpressions;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Api.Tests;

/// <summary>docs/api.md and its blocks of code.</summary>
internal static class ApiPage
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "api.md"));

    /// <summary>Opening words of all blocks.</summary>
    public static IEnumerable<string> Blocks => Regex.Matches(Text, "^```(.+)$", RegexOptions.Multiline).Select(match => match.Groups[1].Value);

    /// <summary>Lines of code that stand outside of blocks, as an indented block would.</summary>
    public static IEnumerable<string> Indented => Text.Split('\n').Where(line => line.StartsWith("    ", StringComparison.Ordinal)).Except(Lines("csharp"));

    /// <summary>The lines of a block.</summary>
    public static string[] Lines(string block) =>
        Regex.Match(Text, $"```{Regex.Escape(block)}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
