using System.Text.RegularExpressions;

namespace Orleans.Cn2.Architecture.Tests.Documents;

/// <summary>A page that says a test holds something names a test that exists.</summary>
public sealed partial class NamedTestsTests
{
    [Fact]
    public void Pages_NamedTests_Exist()
    {
        HashSet<string> classes = [.. Repository.Files(".cs").Select(file => Path.GetFileNameWithoutExtension(file))];
        (string Page, string Test)[] named =
        [
            .. from file in Repository.Files(".md")
               from Match match in Named().Matches(File.ReadAllText(file))
               select (Repository.Relative(file), match.Groups["name"].Value),
        ];
        Assert.NotEmpty(named);
        Assert.DoesNotContain(named, item => !classes.Contains(item.Test));
    }

    [GeneratedRegex(@"`(?<name>[A-Z]\w+Tests)`")]
    private static partial Regex Named();
}
