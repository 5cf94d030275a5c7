using System.Text.RegularExpressions;

namespace Orleans.Cn2.Architecture.Tests.Sources;

/// <summary>A text that has no place in the sources, and where it is looked for.</summary>
/// <param name="Name">The rule in words.</param>
/// <param name="Forbidden">What must not occur.</param>
/// <param name="Extensions">Files it is about.</param>
/// <param name="Under">Folder it is about; empty for all.</param>
internal sealed record SourceRule(string Name, string Forbidden, string[] Extensions, string Under = "")
{
    private static readonly string[] Code = [".cs", ".c", ".h", ".proto", ".sh", ".csproj", ".props", ".targets"];

    // One character of each pattern stands in brackets, so that this file does not match itself.
    public static IReadOnlyList<SourceRule> All { get; } =
    [
        new("tests wait on conditions and never sleep", @"Thread\.[S]leep|Task\.[D]elay", [".cs"], "tests/"),
        new("a test is never skipped", @"\b[S]kip(Unless|When)?\s*=|Assert\.[S]kip", [".cs"], "tests/"),
        new("no error is swallowed", @"\bc[a]tch\s*(\([^{]*\))?\s*(when\s*\([^{]*\)\s*)?\{\s*\}", [".cs"]),
        new("no half-done work", @"\bT[O]DO\b|\bF[I]XME\b|\bX[X]X\b|Not[I]mplementedException", Code),
        new("no regions", @"^\s*#[r]egion", [".cs"]),
        new("no path of one machine", @"(?<![\w./$}*])/(w[o]rk|h[o]me|r[o]ot)/", [.. Code, ".md", ".yaml", ".json"]),
        new("warnings are not switched off in the code", @"#[p]ragma warning|\[.*Suppress[M]essage", [".cs"]),
        new("namespaces are file-scoped", @"^namespace [\w.]+\s*\{?\s*$", [".cs"]),
    ];

    /// <summary>Each occurrence as <c>path:line</c>.</summary>
    public IEnumerable<string> Violations()
    {
        Regex pattern = new(Forbidden, RegexOptions.Multiline, TimeSpan.FromSeconds(10));
        foreach (string file in Repository.Files(Extensions).Where(file => Repository.Relative(file).StartsWith(Under, StringComparison.Ordinal)))
        {
            string text = File.ReadAllText(file);
            foreach (Match match in pattern.Matches(text))
            {
                yield return $"{Repository.Relative(file)}:{text.AsSpan(0, match.Index).Count('\n') + 1}";
            }
        }
    }
}
