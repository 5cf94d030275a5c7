using Orleans.Cn2.Testing.Netns;

namespace Orleans.Cn2.Netns.Tests.Checks;

public sealed class SilosTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Check_ThreeSilosOnPostgres_PassesAndLeavesNothing()
    {
        (int status, string output) = await Cn2Program.RunAsync(Bound, "check", "--name", "silos", "--silos", "3");

        Assert.True(status == 0, output);
        Assert.Contains("3 silos on PostgreSQL", output, StringComparison.Ordinal);
        Assert.Equal("CHECK passed", output.TrimEnd().Split('\n')[^1]);
        Assert.True(Residue.Of("cn2-silos").IsEmpty && Residue.Of("cn2/lab/silos").IsEmpty, $"{Residue.Of("cn2-silos")}\n{Residue.Of("cn2/lab/silos")}");
    }
}
