using System.Globalization;
using System.Text.RegularExpressions;

namespace Orleans.Cn2.Architecture.Tests.Numbers;

/// <summary>Reads the numbered names of one enum out of C#, proto, C or prose, in one spelling: lower case, words joined by <c>_</c>.</summary>
internal static partial class NumberedNames
{
    public static SortedDictionary<int, string> OfCSharp(string file, string type) =>
        Of(Body(file, $@"enum {type}\b"), name => Words().Replace(name, "_").ToLowerInvariant());

    public static SortedDictionary<int, string> OfProto(string file, string type) => Of(Body(file, $@"enum {type}\b"), name => name.ToLowerInvariant());

    public static SortedDictionary<int, string> OfC(string file, string type, string prefix) => Of(
        Body(file, $@"enum {type}\b"),
        name =>
        {
            Assert.StartsWith(prefix, name, StringComparison.Ordinal);
            return name[prefix.Length..].ToLowerInvariant();
        });

    /// <summary>Names as a sentence lists them: <c>0 pass, 1 drop</c>.</summary>
    public static SortedDictionary<int, string> OfList(string list) =>
        new(list.Split(',', StringSplitOptions.TrimEntries).Select(item => item.Split(' ', 2)).ToDictionary(
            item => int.Parse(item[0], CultureInfo.InvariantCulture),
            item => item[1].Replace(' ', '_')));

    private static SortedDictionary<int, string> Of(string body, Func<string, string> spelling)
    {
        SortedDictionary<int, string> names = [];
        foreach (Match line in Member().Matches(body))
        {
            names.Add(int.Parse(line.Groups["number"].Value, CultureInfo.InvariantCulture), spelling(line.Groups["name"].Value));
        }

        Assert.NotEmpty(names);
        return names;
    }

    private static string Body(string file, string start)
    {
        Match match = Regex.Match(Repository.Read(file), start + @"[^{]*\{(?<body>[^}]*)\}");
        Assert.True(match.Success, $"{file} has no {start}");
        return match.Groups["body"].Value;
    }

    [GeneratedRegex(@"^\s*(?<name>\w+)\s*=\s*(?<number>\d+)", RegexOptions.Multiline)]
    private static partial Regex Member();

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex Words();
}
