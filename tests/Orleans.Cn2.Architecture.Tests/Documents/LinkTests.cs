using System.Text.RegularExpressions;

namespace Orleans.Cn2.Architecture.Tests.Documents;

public sealed partial class LinkTests
{
    public static TheoryData<string> Pages => [.. Repository.Files(".md").Select(Repository.Relative)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_RelativeLinks_LeadSomewhere(string page)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        List<string> broken = [];
        foreach (Match link in Link().Matches(Repository.Read(page)))
        {
            string[] target = link.Groups["target"].Value.Split('#', 2);
            if (target[0].Contains("://", StringComparison.Ordinal) || target[0].StartsWith("mailto:", StringComparison.Ordinal))
            {
                continue;
            }

            string file = target[0].Length == 0 ? Path.Combine(Repository.Root, page) : Path.Combine(folder, target[0]);
            if (!Path.Exists(file) || (target.Length == 2 && !Anchors(file).Contains(target[1])))
            {
                broken.Add(link.Value);
            }
        }

        Assert.Empty(broken);
    }

    private static IEnumerable<string> Anchors(string file) => Heading().Matches(File.ReadAllText(file))
        .Select(heading => NotInAnchor().Replace(heading.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"(?<!!)\[[^\]\n]+\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#{1,6} (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
