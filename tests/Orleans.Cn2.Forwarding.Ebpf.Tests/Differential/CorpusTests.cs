using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Testing.Packets.Fixtures;
using Orleans.Cn2.Testing.Packets.Generation;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Differential;

public sealed class CorpusTests
{
    [Fact]
    public async Task Engines_OfTheCorpus_Agree()
    {
        await using ManagedEngine managed = new(new ManagedOptions { RejectsPerSecond = 1_000_000_000, RejectBurst = 1_000_000_000 });
        await using EbpfEngine ebpf = new("corpus", limitRejects: false);
        EngineComparison engines = new(managed, ebpf);

        Assert.NotEmpty(Corpus.Cases);
        Assert.All(Corpus.Cases, each => Assert.Null(engines.Inside(() => engines.Run(each.Value))));
    }

    [Fact]
    public void Text_OfEachCase_IsReadAsItWasWritten() =>
        Assert.All(Corpus.Cases.Values, each => Assert.Equal(CaseText.Write(each), CaseText.Write(CaseText.Read(CaseText.Write(each)))));

    [Fact]
    public void Shrink_OfACaseThatFailsByTwoSteps_LeavesThoseTwo()
    {
        CaseStep[] steps = [.. Enumerable.Range(0, 1000).Select(i => new CaseAge(TimeSpan.FromSeconds(i)))];
        CaseStep[] guilty = [steps[123], steps[877]];

        PacketCase shortest = CaseShrinker.Shrink(new PacketCase(0, false, [.. steps]), candidate => guilty.All(candidate.Steps.Contains));

        Assert.Equal(guilty, shortest.Steps);
    }
}
