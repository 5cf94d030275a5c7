using Orleans.Cn2.Silo.Tests.Processes;
using Orleans.Cn2.Testing.Faults;

namespace Orleans.Cn2.Silo.Tests.Faults;

/// <summary>Short runs under faults, another seed each time. <c>./bench.sh soak</c> makes long ones, and repeats a seed.</summary>
[Collection(SiloProcesses.Name)]
public sealed class FaultTests(ITestOutputHelper output)
{
    // Each kind once.
    private const int Faults = 6;
    private const int Kills = 6;

    [Fact]
    public async Task Cluster_UnderFaults_LosesAndDoublesNothing() =>
        Verify(await FaultSoak.OfClusterAsync(Random.Shared.Next(), count => count < Faults, output.WriteLine));

    [Fact]
    public async Task Silo_KilledInTheMiddleOfWrites_LosesAndDoublesNothing()
    {
        using ScratchFolder scratch = new();
        Verify(await FaultSoak.OfOneSiloAsync(scratch.Of("data"), Random.Shared.Next(), count => count < Kills, output.WriteLine));
    }

    private void Verify(SoakReport report)
    {
        output.WriteLine(report.ToString());
        Assert.True(report.Violations.IsEmpty, report.ToString());
    }
}
