using System.CommandLine;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Cli.Output;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Commands;

/// <summary><c>cn2 explain</c>, <c>flows</c>, <c>drops</c> and <c>status</c>.</summary>
internal static class DiagnosticCommands
{
    public static Command Explain()
    {
        Argument<string> node = new("node") { Description = "Node that the packet is sent from" };
        Argument<string> from = new("source") { Description = "ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT" };
        Argument<string> to = new("destination") { Description = "ADDRESS:PORT, [ADDRESS]:PORT, or [NAMESPACE/]SERVICE:PORT for the Service's FloatingIP of the source's family" };
        Option<string> protocol = new("--protocol", "-p") { Description = "TCP, UDP or SCTP", DefaultValueFactory = _ => "TCP" };
        return new Command("explain", "Where a packet would go, answered by the node's vRouter").With(node, from, to, protocol).Does(async (parsed, cancellation) =>
        {
            (string source, uint sourcePort) = PacketEnds.Source(parsed.GetRequiredValue(from));
            using Cn2Client client = CommandLine.Connect(parsed);
            (string destination, uint destinationPort) = await PacketEnds.DestinationAsync(
                client, parsed.GetRequiredValue(to), parsed.GetRequiredValue(CommandLine.Namespace), source, cancellation).ConfigureAwait(false);
            ExplainRequest request = new()
            {
                Node = parsed.GetRequiredValue(node),
                Protocol = parsed.GetRequiredValue(protocol),
                Source = source,
                SourcePort = sourcePort,
                Destination = destination,
                DestinationPort = destinationPort,
            };
            Explanation explanation = await client.Diagnostics.ExplainAsync(request, cancellationToken: cancellation);
            if (parsed.GetValue(CommandLine.Output) is OutputFormat.Json or OutputFormat.Yaml)
            {
                Printer.Print(explanation, [], parsed.GetValue(CommandLine.Output), Console.Out);
                return ExitCodes.Ok;
            }

            foreach ((string step, int index) in explanation.Steps.Select((step, index) => (step, index + 1)))
            {
                await Console.Out.WriteLineAsync($"{index}. {step}").ConfigureAwait(false);
            }

            string reason = explanation.Reason == DropReason.None ? "" : $" ({ReasonName.Of(explanation.Reason)})";
            string target = explanation.VmiAddress.Length == 0 ? "" : $" to {explanation.VmiAddress} port {explanation.TargetPort}";
            await Console.Out.WriteLineAsync($"verdict: {explanation.Verdict}{reason}{target}").ConfigureAwait(false);
            return ExitCodes.Ok;
        });
    }

    public static Command Flows()
    {
        Argument<string> node = new("node") { Description = "Node" };
        Option<string> fip = new("--fip") { Description = "Only flows to this FloatingIP", DefaultValueFactory = _ => "" };
        Option<string> client = new("--client") { Description = "Only flows of this client", DefaultValueFactory = _ => "" };
        Option<string> vmi = new("--vmi") { Description = "Only flows on this VMI's address", DefaultValueFactory = _ => "" };
        Option<int> limit = new("--limit") { Description = "Most flows to list", DefaultValueFactory = _ => 1000 };
        return new Command("flows", "Flows of a node's vRouter").With(node, fip, client, vmi, limit).Does(async (parsed, cancellation) =>
        {
            FlowsRequest request = new()
            {
                Node = parsed.GetRequiredValue(node),
                FloatingIp = parsed.GetValue(fip),
                Client = parsed.GetValue(client),
                Vmi = parsed.GetValue(vmi),
                Limit = parsed.GetValue(limit),
            };
            using Cn2Client connection = CommandLine.Connect(parsed);
            FlowsResponse flows = await connection.Diagnostics.FlowsAsync(request, cancellationToken: cancellation);
            Printer.Print(flows.Flows, Tables.Flows, parsed.GetValue(CommandLine.Output), Console.Out);
            return ExitCodes.Ok;
        });
    }

    public static Command Drops()
    {
        Argument<string> node = new("node") { Description = "Only this node", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => "" };
        return new Command("drops", "Packets dropped or rejected, by reason").With(node).Does(async (parsed, cancellation) =>
        {
            using Cn2Client client = CommandLine.Connect(parsed);
            DropsResponse drops = await client.Diagnostics.DropsAsync(new DropsRequest { Node = parsed.GetValue(node) }, cancellationToken: cancellation);
            Printer.Print(drops.Counts, Tables.Drops, parsed.GetValue(CommandLine.Output), Console.Out);
            return ExitCodes.Ok;
        });
    }

    public static Command Status() => new Command("status", "The control plane at a glance").Does(async (parsed, cancellation) =>
    {
        using Cn2Client client = CommandLine.Connect(parsed);
        StatusResponse status = await client.Diagnostics.StatusAsync(new StatusRequest(), cancellationToken: cancellation);
        if (parsed.GetValue(CommandLine.Output) is OutputFormat.Json or OutputFormat.Yaml)
        {
            Printer.Print(status, [], parsed.GetValue(CommandLine.Output), Console.Out);
        }
        else
        {
            await Console.Out.WriteLineAsync(
                $"""
                cluster   {status.Cluster}, version {status.Version}
                silos     {string.Join(", ", status.Silos.Select(silo => $"{silo.Address} {silo.State}"))}
                shards    {status.ShardsReady} of 64 ready
                services  {status.Services}
                vmis      {status.Vmis}
                vrouters  {status.NodesInSync} of {status.Nodes} in sync
                """).ConfigureAwait(false);
            foreach (string fault in status.Faults)
            {
                await Console.Out.WriteLineAsync($"fault     {fault}").ConfigureAwait(false);
            }
        }

        return ExitCodes.Ok;
    });
}
