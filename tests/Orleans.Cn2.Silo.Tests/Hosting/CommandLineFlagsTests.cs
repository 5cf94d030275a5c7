using Orleans.Cn2.Hosting.Settings;

namespace Orleans.Cn2.Silo.Tests.Hosting;

public sealed class CommandLineFlagsTests
{
    [Fact]
    public void Flags_BothSpellings_LastWins()
    {
        List<string> errors = [];
        Dictionary<string, string?> flags = CommandLineFlags.Parse(["--name", "a", "--data=/x=y", "--name=b"], errors);
        Assert.Equal(new Dictionary<string, string?> { ["name"] = "b", ["data"] = "/x=y" }, flags);
        Assert.Empty(errors);
    }

    [Fact]
    public void Flags_WithoutValueOrPrefix_AreAllNamed()
    {
        List<string> errors = [];
        CommandLineFlags.Parse(["stray", "--insecure", "--name", "a", "--", "--silo-port"], errors);
        Assert.Equal(
            [
                "'stray' is no option: options are written --name VALUE",
                "insecure: needs a value",
                "'--' is no option: options are written --name VALUE",
                "silo-port: needs a value",
            ],
            errors);
    }
}
