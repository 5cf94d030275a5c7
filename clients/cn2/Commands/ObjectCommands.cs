using System.CommandLine;
using Google.Protobuf;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Cli.Output;
using Orleans.Cn2.Cli.Waiting;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Commands;

/// <summary><c>cn2 describe</c> and <c>cn2 delete</c>: one object, named by kind and name.</summary>
internal static class ObjectCommands
{
    private static readonly string[] Kinds = ["service", "vmi", "subnet", "node"];

    public static Command Describe()
    {
        (Argument<string> kind, Argument<string> name) = KindAndName();
        return new Command("describe", "Show one object whole, with what is known of its state").With(kind, name).Does(async (parsed, cancellation) =>
        {
            using Cn2Client client = CommandLine.Connect(parsed);
            IMessage found = await FindAsync(client, KindOf(parsed.GetRequiredValue(kind)), parsed, parsed.GetRequiredValue(name), cancellation).ConfigureAwait(false);
            string json = new JsonFormatter(JsonFormatter.Settings.Default.WithIndentation()).Format(found);
            Console.Out.Write(parsed.GetValue(CommandLine.Output) == OutputFormat.Json ? json + "\n" : YamlText.Of(json));
            return ExitCodes.Ok;
        });
    }

    public static Command Delete()
    {
        (Argument<string> kind, Argument<string> name) = KindAndName();
        Option<string> uid = new("--uid") { Description = "Only the object of this uid", DefaultValueFactory = _ => "" };
        Option<bool> wait = new("--wait") { Description = "Return when no live vRouter selects it any more and its flows are gone" };
        Option<bool> drain = new("--drain") { Description = "Of a VMI: tell it as terminating and wait until it is drained, then delete it; where that takes longer than --timeout it stays" };
        Option<double> timeout = WaitOptions.Limit();
        Option<double> silence = WaitOptions.Silence();
        return new Command("delete", "Delete one object").With(kind, name, uid, wait, drain, timeout, silence).Does(async (parsed, cancellation) =>
        {
            TimeSpan limit = WaitOptions.LimitOf(parsed, timeout);
            using Cn2Client client = CommandLine.Connect(parsed);
            string which = KindOf(parsed.GetRequiredValue(kind));
            ProgrammingWait waiting = new(client, limit);
            if (parsed.GetValue(drain))
            {
                VmiGoal drained = new(VmiGoal.Drained) { Silence = WaitOptions.SilenceOf(parsed, silence) };
                await DrainAsync(client, waiting, which, parsed, parsed.GetValue(uid) ?? "", drained, cancellation).ConfigureAwait(false);
            }

            FlowsRequest[] flows = parsed.GetValue(wait)
                ? FlowsOf(await FindAsync(client, which, parsed, parsed.GetRequiredValue(name), cancellation).ConfigureAwait(false))
                : [];
            Fence? fence = await DeleteAsync(client, which, parsed, parsed.GetRequiredValue(name), parsed.GetValue(uid) ?? "", cancellation).ConfigureAwait(false);
            if (parsed.GetValue(wait) && fence is null && which != "subnet")
            {
                throw new CommandException(
                    ExitCodes.Unavailable,
                    $"{which}/{parsed.GetRequiredValue(name)} is deleted; the answer that says what to wait for was lost, so vRouters may select it still for a moment");
            }

            if (parsed.GetValue(wait) && fence is not null)
            {
                await waiting.ProgrammedAsync([fence], 100, cancellation).ConfigureAwait(false);
                await waiting.FlowsGoneAsync(flows, cancellation).ConfigureAwait(false);
            }

            await Console.Out.WriteLineAsync($"{which}/{parsed.GetRequiredValue(name)} deleted").ConfigureAwait(false);
            return ExitCodes.Ok;
        });
    }

    private static async Task DrainAsync(
        Cn2Client client, ProgrammingWait waiting, string kind, ParseResult parsed, string uid, VmiGoal drained, CancellationToken cancellation)
    {
        if (kind != "vmi")
        {
            throw new CommandException(ExitCodes.Usage, $"drain: a {kind} can't be drained before it is deleted, a vmi can");
        }

        UpdateVmiRequest terminating = new()
        {
            Namespace = parsed.GetRequiredValue(CommandLine.Namespace),
            Name = parsed.GetRequiredValue<string>("name"),
            Uid = uid,
            Terminating = true,
        };
        VmiResponse told = await client.Vmis.UpdateAsync(terminating, cancellationToken: cancellation);
        await waiting.VmisAsync([told.Vmi.Metadata], drained, cancellation).ConfigureAwait(false);
    }

    private static FlowsRequest[] FlowsOf(IMessage found) => found switch
    {
        Service service => [.. service.Status.FloatingIps.Select(fip => new FlowsRequest { FloatingIp = fip.Address })],
        Vmi vmi => [.. vmi.Addresses.Select(address => new FlowsRequest { Vmi = address })],
        _ => [],
    };

    private static (Argument<string> Kind, Argument<string> Name) KindAndName()
    {
        Argument<string> kind = new("kind") { Description = string.Join(", ", Kinds) };
        kind.CompletionSources.Add(Kinds);
        return (kind, new Argument<string>("name") { Description = "Its name" });
    }

    private static string KindOf(string text)
    {
        string kind = text is "svc" ? "service" : text.TrimEnd('s');
        return Kinds.Contains(kind) ? kind : throw new CommandException(ExitCodes.Usage, $"kind: '{text}' must be one of {string.Join(", ", Kinds)}");
    }

    private static async Task<IMessage> FindAsync(Cn2Client client, string kind, ParseResult parsed, string name, CancellationToken cancellation)
    {
        string ns = parsed.GetRequiredValue(CommandLine.Namespace);
        return kind switch
        {
            "service" => await client.Services.GetAsync(new GetServiceRequest { Namespace = ns, Name = name }, cancellationToken: cancellation),
            "vmi" => await client.Vmis.GetAsync(new GetVmiRequest { Namespace = ns, Name = name, WithStatus = true }, cancellationToken: cancellation),
            "subnet" => await client.Subnets.GetAsync(new GetSubnetRequest { Name = name }, cancellationToken: cancellation),
            _ => await client.Nodes.GetAsync(new GetNodeRequest { Name = name }, cancellationToken: cancellation),
        };
    }

    private static async Task<Fence?> DeleteAsync(
        Cn2Client client, string kind, ParseResult parsed, string name, string uid, CancellationToken cancellation)
    {
        string ns = parsed.GetRequiredValue(CommandLine.Namespace);
        switch (kind)
        {
            case "service":
                return (await client.Services.DeleteAsync(new DeleteServiceRequest { Namespace = ns, Name = name, Uid = uid }, cancellationToken: cancellation)).Fence;
            case "vmi":
                return (await client.Vmis.DeregisterAsync(new DeregisterVmiRequest { Namespace = ns, Name = name, Uid = uid }, cancellationToken: cancellation)).Fence;
            case "subnet":
                await client.Subnets.DeleteAsync(new DeleteSubnetRequest { Name = name }, cancellationToken: cancellation);
                return null;
            default:
                return (await client.Nodes.DeleteAsync(new DeleteNodeRequest { Name = name }, cancellationToken: cancellation)).Fence;
        }
    }
}
