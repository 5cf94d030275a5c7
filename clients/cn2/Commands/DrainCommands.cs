using System.CommandLine;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Cli.Waiting;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Commands;

/// <summary><c>cn2 drain</c> and <c>cn2 undrain</c>: whether the VMIs of a node take new flows.</summary>
internal static class DrainCommands
{
    private const string DrainHelp =
        "Give the VMIs of a node no new flows while other back ends serve, until cn2 undrain; flows that they have stay, and no workload is moved as kubectl drain does";

    public static Command Drain()
    {
        Argument<string> node = NodeArgument();
        Option<bool> wait = new("--wait") { Description = "Return when no vRouter gives its VMIs new flows and the flows that they had have ended" };
        Option<double> timeout = WaitOptions.Limit();
        Option<double> silence = WaitOptions.Silence();
        return new Command("drain", DrainHelp).With(node, wait, timeout, silence).Does(async (parsed, cancellation) =>
        {
            (TimeSpan limit, string name) = (WaitOptions.LimitOf(parsed, timeout), parsed.GetRequiredValue(node));
            using Cn2Client client = CommandLine.Connect(parsed);
            ProgrammingWait waiting = new(client, limit);
            DrainNodeResponse drained = await client.Nodes.DrainAsync(new DrainNodeRequest { Name = name }, cancellationToken: cancellation);
            if (parsed.GetValue(wait))
            {
                await waiting.ProgrammedAsync([drained.Fence], 100, cancellation).ConfigureAwait(false);
                List<ObjectMeta> vmis = [];
                await foreach (Vmi vmi in client.ListVmisAsync(node: name, cancellation: cancellation).ConfigureAwait(false))
                {
                    vmis.Add(vmi.Metadata);
                }

                await waiting.VmisAsync(vmis, new VmiGoal(VmiGoal.Drained) { Silence = WaitOptions.SilenceOf(parsed, silence), MayGo = true }, cancellation).ConfigureAwait(false);
            }

            await Console.Out.WriteLineAsync($"node/{name} {(parsed.GetValue(wait) ? "drained" : "draining")}").ConfigureAwait(false);
            return ExitCodes.Ok;
        });
    }

    public static Command Undrain()
    {
        Argument<string> node = NodeArgument();
        Option<int?> wait = WaitOptions.Share();
        Option<double> timeout = WaitOptions.Limit();
        Command command = new("undrain", "Give the VMIs of a node new flows again (as kubectl uncordon)");
        command.Aliases.Add("uncordon");
        return command.With(node, wait, timeout).Does(async (parsed, cancellation) =>
        {
            (int? percent, TimeSpan limit, string name) = (WaitOptions.PercentOf(parsed, wait), WaitOptions.LimitOf(parsed, timeout), parsed.GetRequiredValue(node));
            using Cn2Client client = CommandLine.Connect(parsed);
            DrainNodeResponse ended = await client.Nodes.UndrainAsync(new DrainNodeRequest { Name = name }, cancellationToken: cancellation);
            if (percent is { } share)
            {
                await new ProgrammingWait(client, limit).ProgrammedAsync([ended.Fence], share, cancellation).ConfigureAwait(false);
            }

            await Console.Out.WriteLineAsync($"node/{name} undrained").ConfigureAwait(false);
            return ExitCodes.Ok;
        });
    }

    private static Argument<string> NodeArgument() => new("node") { Description = "Name of the node" };
}
