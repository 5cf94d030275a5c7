using System.Text.RegularExpressions;

namespace Orleans.Cn2.Architecture.Tests.Sources;

public sealed class SourceRuleTests
{
    private const int LongestFile = 400;
    private const int LongestFlowFile = 600;

    public static TheoryData<string> Rules => [.. SourceRule.All.Select(rule => rule.Name)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Sources_KeepTheRule(string name) => Assert.Empty(SourceRule.All.Single(rule => rule.Name == name).Violations());

    // The samples stand in a table, where the rules do not look for them.
    public static TheoryData<string, string, bool> Samples => [.. Repository.Read("tests/Orleans.Cn2.Architecture.Tests/Sources/samples.tsv")
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Skip(1)
        .Select(line => line.Split('\t'))
        .Select(cells => new TheoryDataRow<string, string, bool>(cells[0], cells[1].Replace("\\n", "\n", StringComparison.Ordinal), cells[2] == "yes"))];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Pattern_Text_MatchesAsMeant(string rule, string text, bool matches) =>
        Assert.Equal(matches, Regex.IsMatch(text, SourceRule.All.Single(candidate => candidate.Name == rule).Forbidden, RegexOptions.Multiline));

    [Fact]
    public void Rules_AllHaveSamplesOfBothKinds() => Assert.All(
        SourceRule.All,
        rule => Assert.Equal([false, true], Samples.Where(row => row.Data.Item1 == rule.Name).Select(row => row.Data.Item3).Distinct().Order()));

    [Fact]
    public void SourceFiles_AreShort() =>
        Assert.Empty(Repository.Files(".cs", ".proto").Where(file => Lines(file) > LongestFile).Select(Repository.Relative));

    [Fact]
    public void BpfFiles_AreShort() =>
        Assert.Empty(Repository.Files(".c", ".h").Where(file => Lines(file) > LongestFlowFile).Select(Repository.Relative));

    [Fact]
    public void Folders_AreConcepts()
    {
        string[] layers = ["Utils", "Utilities", "Common", "Helpers", "Models", "Misc", "Extensions"];
        Assert.All(Repository.Files(".cs").Select(Repository.Relative), file => Assert.Empty(file.Split('/')[..^1].Intersect(layers)));
    }

    [Fact]
    public void Types_AreNotNamedAsOrleansNamesItsOwn()
    {
        // Inside namespace Orleans.Cn2 the public types of Orleans win over usings: such a type would be hidden by theirs.
        string[] taken =
        [
            "TableVersion", "ErrorCode", "StableHash", "DeactivationReason", "GrainState", "MembershipEntry", "ReminderEntry", "BatchWorker", "LifecycleSubject",
        ];
        Assert.Empty(Repository.Files(".cs").Where(file => taken.Contains(Path.GetFileNameWithoutExtension(file))).Select(Repository.Relative));
    }

    private static int Lines(string file) => File.ReadLines(file).Count();
}
