using System.CommandLine;

namespace Orleans.Cn2.Cli.Tests.Cli;

public sealed class CommandLineTests
{
    public static TheoryData<string> Paths { get; } = new(Walk(CliProgram.Root(), ""));

    [Theory]
    [MemberData(nameof(Paths))]
    public void Help_OfEveryCommand_DescribesItAndAllItsOptions(string path)
    {
        Command command = CliProgram.Root().Parse(path).CommandResult.Command;
        using StringWriter writer = new();

        int code = CliProgram.Root().Parse($"{path} --help").Invoke(new InvocationConfiguration { Output = writer });

        Assert.Equal(0, code);
        Assert.False(string.IsNullOrWhiteSpace(command.Description), $"'{path}' says nothing of itself");
        Assert.All(command.Options, option => Assert.False(string.IsNullOrWhiteSpace(option.Description), $"{path} {option.Name}"));
        Assert.All(command.Arguments, argument => Assert.False(string.IsNullOrWhiteSpace(argument.Description), $"{path} {argument.Name}"));
        Assert.All(command.Options.Where(option => !option.Hidden), option => Assert.Contains(option.Name, writer.ToString(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("check --nodes 0")]
    [InlineData("check --nodes 201")]
    [InlineData("check --engine other")]
    [InlineData("check --mode other")]
    [InlineData("get pods -o table --nonsense")]
    [InlineData("apply")]
    [InlineData("scale deployment/nginx")]
    public void Parse_BadCommandLine_HasErrors(string line) => Assert.NotEmpty(CliProgram.Root().Parse(line).Errors);

    private static IEnumerable<string> Walk(Command command, string path) =>
        [path, .. command.Subcommands.SelectMany(child => Walk(child, $"{path} {child.Name}".Trim()))];
}
