using Orleans.Cn2.Testing.Netns;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Netns.Tests.Checks;

public sealed class InterruptionTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("[1] Bring up")]
    [InlineData("  silo")]
    [InlineData("  worker of node1")]
    [InlineData("pods: ")]
    [InlineData("[3] Send")]
    [InlineData("[4] Scale")]
    public async Task Check_InterruptedAtAnyStep_SaysSoAndLeavesNothing(string step)
    {
        await using ProgramRun check = Cn2Program.Start("check", "--name", "stopped", "--nodes", "1");
        await check.SaysAsync(step, Bound);

        await check.SignalAsync("INT");

        int status = await check.ExitAsync(Bound);
        Assert.True((130, "CHECK failed: interrupted") == (status, check.Output.TrimEnd().Split('\n')[^1]), check.Output);
        NothingIsLeft("stopped");
    }

    [Fact]
    public async Task Check_Failing_LeavesNothing()
    {
        string manifests = Path.GetTempFileName();
        await File.WriteAllTextAsync(manifests, "apiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {ports: [{port: 70000}]}", TestContext.Current.CancellationToken);
        try
        {
            (int status, string output) = await Cn2Program.RunAsync(Bound, "check", "--name", "failed", "--nodes", "1", "-f", manifests);

            Assert.True(status == 1 && output.TrimEnd().Split('\n')[^1].StartsWith("CHECK failed: ", StringComparison.Ordinal), output);
            Assert.Contains("spec.ports[0].port", output, StringComparison.Ordinal);
            NothingIsLeft("failed");
        }
        finally
        {
            File.Delete(manifests);
        }
    }

    [Theory]
    [InlineData("  worker of node1")]
    [InlineData("[3] Send")]
    public async Task Check_Killed_IsClearedByLabDown(string step)
    {
        await using ProgramRun check = Cn2Program.Start("check", "--name", "killed", "--nodes", "1");
        await check.SaysAsync(step, Bound);
        await check.KillAsync();

        (int status, string output) = await Cn2Program.RunAsync(Bound, "lab", "down", "--name", "killed");

        Assert.Equal((0, "lab killed is down"), (status, output.Trim()));
        NothingIsLeft("killed");
    }

    [Fact]
    public async Task Check_AfterAKilledOne_ClearsItAndPasses()
    {
        await using (ProgramRun killed = Cn2Program.Start("check", "--name", "again", "--nodes", "1"))
        {
            await killed.SaysAsync("[2] Create", Bound);
            await killed.KillAsync();
        }

        (int status, string output) = await Cn2Program.RunAsync(Bound, "check", "--name", "again", "--nodes", "1");

        Assert.True((0, "CHECK passed") == (status, output.TrimEnd().Split('\n')[^1]), output);
        Assert.Contains("removed what was left of lab again", output, StringComparison.Ordinal);
        NothingIsLeft("again");
    }

    [Fact]
    public async Task Check_Kept_EveryCommandThatItNamesWorks()
    {
        await using ProgramRun check = Cn2Program.Start("check", "--name", "kept", "--nodes", "1", "--keep");
        Assert.True(await check.ExitAsync(Bound) == 0, check.Output);
        string[] lines = check.Output.Split('\n');
        string[] commands = [.. lines.SkipWhile(line => !line.StartsWith("The lab is left running", StringComparison.Ordinal)).Skip(1).TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal)).Select(line => line.Trim())];

        Assert.True(commands.Length >= 6, check.Output);
        foreach (string command in commands)
        {
            (int status, string output, _) = await ProgramRun.RunAsync("/bin/sh", ["-c", command]);
            Assert.True(status == 0 && output.Trim().Length > 0, $"{command}: {status}\n{output}");
        }

        Assert.EndsWith("lab down --name kept", commands[^1], StringComparison.Ordinal);
        NothingIsLeft("kept");
    }

    private static void NothingIsLeft(string lab)
    {
        Residue names = Residue.Of($"cn2-{lab}-");
        Residue files = Residue.Of($"cn2/lab/{lab}");
        Assert.True(names.IsEmpty && files.IsEmpty, $"{names}\n{files}");
        Assert.False(Directory.Exists($"/run/cn2/lab/{lab}"));
    }
}
