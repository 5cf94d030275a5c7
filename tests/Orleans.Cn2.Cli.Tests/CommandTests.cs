using System.CommandLine;
using Orleans.Cn2.Cli.Cli;

namespace Orleans.Cn2.Cli.Tests;

public sealed class CommandTests
{
    [Fact]
    public void Help_EveryCommand_DescribesItself()
    {
        foreach (Command command in Descendants(CliProgram.Root()))
        {
            Assert.False(string.IsNullOrWhiteSpace(command.Description), $"{command.Name} says nothing of itself");
        }

        (int code, string output, _) = Cn2.Run("--help");
        Assert.Equal(ExitCodes.Ok, code);
        Assert.Contains("explain", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Root_Commands_AreThoseDocumented() => Assert.Equal(
        ["admin", "apply", "call", "check", "completion", "delete", "describe", "drain", "drops", "explain", "flows", "get", "lab", "scale", "status", "undrain", "wait", "watch"],
        CliProgram.Root().Subcommands.Select(command => command.Name).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("get", "services", "--bogus")]
    [InlineData("get", "services", "-o", "xml")]
    [InlineData("get", "gadgets")]
    [InlineData("apply")]
    [InlineData("explain", "node1")]
    [InlineData("scale", "deployment/web")]
    public void CommandLine_NotUnderstood_IsAUsageError(params string[] args)
    {
        (int code, _, string error) = Cn2.Run(args);

        Assert.Equal(ExitCodes.Usage, code);
        Assert.NotEmpty(error);
    }

    [Fact]
    public void Get_NoControlPlane_SaysSoAndExitsWithUnavailable()
    {
        (int code, _, string error) = Cn2.Run("get", "services", "--server", "http://127.0.0.1:1");

        Assert.Equal(ExitCodes.Unavailable, code);
        Assert.StartsWith("error: UNAVAILABLE", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_UnknownKind_NamesTheKindsThereAre()
    {
        (int code, _, string error) = Cn2.Run("describe", "gadget", "x", "--server", "http://127.0.0.1:1");

        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("kind: 'gadget' must be one of service, vmi, subnet, node", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_MissingFile_IsAUsageError()
    {
        (int code, _, string error) = Cn2.Run("apply", "-f", "/nowhere/at-all.yaml");

        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("/nowhere/at-all.yaml", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nginx-dual-stack.yaml", "2")]
    [InlineData("nginx-dual-stack.yaml", "3")]
    [InlineData("harbour.yaml", "2")]
    [InlineData("market.yaml", "2")]
    public void Check_Example_PassesInMemory(string example, string nodes)
    {
        (int code, string output, string error) = Cn2.Run("check", "-f", Path.Combine(Cn2.Root, "k8s", "examples", example), "--nodes", nodes, "--simulate");

        Assert.True(code == ExitCodes.Ok, output + error);
        Assert.EndsWith("CHECK passed (simulated: no packet left this process)", output.TrimEnd(), StringComparison.Ordinal);
    }

    private static IEnumerable<Command> Descendants(Command command) => command.Subcommands.SelectMany(child => Descendants(child).Prepend(child));
}
