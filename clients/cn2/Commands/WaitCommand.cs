using System.CommandLine;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Cli.Waiting;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Commands;

/// <summary><c>cn2 wait vmi</c>.</summary>
internal static class WaitCommand
{
    private const string GoalHelp =
        "available: each Service that selects it, at least one, gives it new flows, and the vRouters have programmed that; "
        + "drained: none gives it new flows, the vRouters have programmed that, and the flows that it had have ended";

    public static Command Create()
    {
        Argument<string[]> names = new("name") { Description = "Names of VMIs", Arity = ArgumentArity.ZeroOrMore };
        Option<string> goal = new("--for") { Description = GoalHelp, Required = true };
        goal.CompletionSources.Add("available", "drained");
        Option<int> percent = new("--percent") { Description = "For available: share of the live vRouters that must have programmed it", DefaultValueFactory = _ => 100 };
        Option<double> timeout = WaitOptions.Limit();
        Option<double> silence = WaitOptions.Silence();
        Command vmi = new("vmi", "Wait until VMIs are available or drained, as a rolling update does before it goes on");
        vmi.Aliases.Add("vmis");
        vmi.With(names, CommandLine.Selector, goal, percent, timeout, silence).Does(async (parsed, cancellation) =>
        {
            VmiGoal wanted = new(ConditionOf(parsed.GetRequiredValue(goal)))
            {
                Percent = WaitOptions.CheckPercent("percent", parsed.GetValue(percent)),
                Silence = WaitOptions.SilenceOf(parsed, silence),
            };
            TimeSpan limit = WaitOptions.LimitOf(parsed, timeout);
            using Cn2Client client = CommandLine.Connect(parsed);
            ObjectMeta[] vmis = await NamedAsync(client, parsed, parsed.GetValue(names) ?? [], cancellation).ConfigureAwait(false);
            await new ProgrammingWait(client, limit).VmisAsync(vmis, wanted, cancellation).ConfigureAwait(false);
            foreach (ObjectMeta each in vmis)
            {
                await Console.Out.WriteLineAsync($"vmi/{each.Name} {parsed.GetRequiredValue(goal)}").ConfigureAwait(false);
            }

            return ExitCodes.Ok;
        });
        return new Command("wait", "Wait until objects are in a state").With(vmi);
    }

    private static string ConditionOf(string goal) => goal switch
    {
        "available" => VmiGoal.Available,
        "drained" => VmiGoal.Drained,
        _ => throw new CommandException(ExitCodes.Usage, $"for: '{goal}' must be available or drained"),
    };

    private static async Task<ObjectMeta[]> NamedAsync(Cn2Client client, ParseResult parsed, string[] names, CancellationToken cancellation)
    {
        string ns = parsed.GetRequiredValue(CommandLine.Namespace);
        string selector = parsed.GetValue(CommandLine.Selector) ?? "";
        if (names.Length > 0 == selector.Length > 0)
        {
            throw new CommandException(ExitCodes.Usage, "name: give names or a selector (-l), and not both");
        }

        if (names.Length > 0)
        {
            return [.. names.Select(name => new ObjectMeta { Namespace = ns, Name = name })];
        }

        List<ObjectMeta> found = [];
        await foreach (Vmi vmi in client.ListVmisAsync(ns, selector, cancellation: cancellation).ConfigureAwait(false))
        {
            found.Add(vmi.Metadata);
        }

        return found.Count > 0 ? [.. found] : throw new CommandException(ExitCodes.Refused, $"no VMI in namespace {ns} matches '{selector}'");
    }
}
