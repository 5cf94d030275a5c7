using System.Text.RegularExpressions;

namespace Orleans.Cn2.Architecture.Tests.Numbers;

/// <summary>Numbers that programs of different languages exchange are the same everywhere.</summary>
public sealed class NumberTests
{
    private const string Reasons = "src/Orleans.Cn2.Forwarding/DropReason.cs";
    private const string Verdicts = "src/Orleans.Cn2.Forwarding/Verdict.cs";
    private const string Bpf = "src/Orleans.Cn2.Forwarding.Ebpf/bpf/reasons.h";

    [Fact]
    public void DropReason_Proto_AgreesWithCSharp() => Assert.Equal(
        NumberedNames.OfCSharp(Reasons, "DropReason"),
        NumberedNames.OfProto("src/Orleans.Cn2.Protocol/cn2/v1/diagnostics.proto", "DropReason"));

    [Fact]
    public void DropReason_Bpf_AgreesWithCSharp()
    {
        SortedDictionary<int, string> programs = NumberedNames.OfC(Bpf, "reason", "REASON_");
        Assert.True(programs.Remove(programs.Last().Key, out string? limit) && limit == "limit");
        Assert.Equal(NumberedNames.OfCSharp(Reasons, "DropReason"), programs);
    }

    [Fact]
    public void Verdict_Bpf_AgreesWithCSharp()
    {
        SortedDictionary<int, string> expected = NumberedNames.OfCSharp(Verdicts, "Verdict");
        Assert.Equal("node_ingress", expected[6]);
        expected[6] = "node";
        Assert.Equal(expected, NumberedNames.OfC(Bpf, "verdict", "VERDICT_"));
    }

    [Fact]
    public void DropReason_Operations_ListsEachNumber()
    {
        string page = Repository.Read("docs/operations.md");
        Assert.All(
            NumberedNames.OfCSharp(Reasons, "DropReason").Where(reason => reason.Key != 0),
            reason => Assert.Contains($"| {reason.Key} | `{reason.Value}` |", page, StringComparison.Ordinal));
    }

    [Fact]
    public void DropReason_Numbers_AreBelowTheLimitOfTheCounters()
    {
        int limit = NumberedNames.OfC(Bpf, "reason", "REASON_").Last().Key;
        Assert.True(int.IsPow2(limit));
        Assert.Contains($"int ReasonLimit = {limit};", Repository.Read("src/Orleans.Cn2.Forwarding.Ebpf/Layout/MapSpecs.cs"), StringComparison.Ordinal);
        Assert.All(NumberedNames.OfCSharp(Reasons, "DropReason").Keys, number => Assert.InRange(number, 0, limit - 1));
    }

    [Fact]
    public void DropReason_Documentation_ExplainsEachThatPacketsMeet()
    {
        string page = Repository.Read("docs/datapath.md");
        Assert.All(
            NumberedNames.OfCSharp(Reasons, "DropReason").Values.Except(["none", "internal"]),
            name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Verdict_Documentation_AgreesWithCSharp()
    {
        Match list = Regex.Match(Repository.Read("docs/datapath.md"), @"\[0\] verdict \((?<list>[^)]*)\)");
        Assert.True(list.Success);
        Assert.Equal(NumberedNames.OfCSharp(Verdicts, "Verdict"), NumberedNames.OfList(list.Groups["list"].Value));
    }
}
