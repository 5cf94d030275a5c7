using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Cli.Tests;

/// <summary>The scripts of <c>cn2 completion</c> in their shells.</summary>
public sealed class CompletionTests
{
    public static TheoryData<string, string> Lines => new()
    {
        { "cn2 ", "apply" },
        { "cn2 ap", "apply" },
        { "cn2 get ", "vrouters" },
        { "cn2 get services --", "--all-namespaces" },
        { "cn2 get services -o ", "wide" },
        { "cn2 describe ", "subnet" },
        { "cn2 lab u", "up" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Bash_Line_OffersWhatMayFollow(string line, string expected)
    {
        string[] words = line.Split(' ');
        string array = string.Join(' ', words.Select(word => $"'{word}'"));
        string[] offered = await RunAsync(
            $"source <(cn2 completion bash); COMP_LINE='{line}' COMP_POINT={line.Length} COMP_CWORD={words.Length - 1} COMP_WORDS=({array}); _cn2; complete -p cn2; printf '%s\\n' \"${{COMPREPLY[@]}}\"");

        Assert.Equal("complete -o default -F _cn2 cn2", offered[0]);
        Assert.Contains(expected, offered);
        Assert.All(offered[1..], word => Assert.StartsWith(words[^1], word, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Zsh_Line_OffersWhatMayFollow(string line, string expected)
    {
        string[] words = line.Split(' ');
        string array = string.Join(' ', words.Select(word => $"'{word}'"));
        string script = $$"""
            compdef() { print "compdef $@" }
            compadd() { shift; print -rl -- ${(P)1} }
            source <(cn2 completion zsh)
            words=({{array}}) CURRENT={{words.Length}}
            _cn2
            """;

        string[] offered = await RunAsync($"exec zsh -f -c \"$SCRIPT\"", ("SCRIPT", script));

        Assert.Equal("compdef _cn2 cn2", offered[0]);
        Assert.Contains(expected, offered);
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Fish_Line_OffersWhatMayFollow(string line, string expected)
    {
        string[] offered = await RunAsync("exec fish --no-config -c \"cn2 completion fish | source; complete -C '$LINE'\"", ("LINE", line));

        Assert.Contains(expected, offered.Select(word => word.Split('\t')[0]));
    }

    private static async Task<string[]> RunAsync(string script, params (string Name, string Value)[] environment)
    {
        (int status, string output, IReadOnlyCollection<string> errors) = await Shell.RunAsync(script, environment);
        Assert.True(status == 0 && errors.Count == 0, $"{script}: exit {status}: {output}");
        return output.Split('\n');
    }
}
