using System.CommandLine;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Commands;

/// <summary><c>cn2 watch</c>: one line a change, until Ctrl-C. It outlives restarts of the control plane.</summary>
internal static class WatchCommand
{
    private static readonly string[] Kinds = ["services", "vmis", "subnets", "nodes"];

    public static Command Create()
    {
        Argument<string> kind = new("kind") { Description = string.Join(", ", Kinds), DefaultValueFactory = _ => Kinds[0] };
        kind.CompletionSources.Add(Kinds);
        return new Command("watch", "Follow changes").With(kind, CommandLine.AllNamespaces, CommandLine.Selector).Does(async (parsed, cancellation) =>
        {
            using Cn2Client client = CommandLine.Connect(parsed);
            string which = parsed.GetRequiredValue(kind);
            IAsyncEnumerable<string> lines = Lines(
                client, which, CommandLine.NamespaceOf(parsed), parsed.GetValue(CommandLine.Selector) ?? "", cancellation);
            await foreach (string line in lines.WithCancellation(cancellation).ConfigureAwait(false))
            {
                await Console.Out.WriteLineAsync(line).ConfigureAwait(false);
            }

            return ExitCodes.Ok;
        });
    }

    private static IAsyncEnumerable<string> Lines(Cn2Client client, string kind, string ns, string selector, CancellationToken cancellation) => kind switch
    {
        "services" or "service" or "svc" => client.WatchServicesAsync(ns, selector, cancellation).Select(told => Line(told.Type, Text(told.Service))),
        "vmis" or "vmi" => client.WatchVmisAsync(ns, selector, cancellation).Select(told => Line(told.Type, Text(told.Vmi))),
        "subnets" or "subnet" => client.WatchSubnetsAsync(cancellation).Select(told => Line(told.Type, Text(told.Subnet))),
        "nodes" or "node" => client.WatchNodesAsync(cancellation).Select(told => Line(told.Type, Text(told.Node))),
        _ => throw new CommandException(ExitCodes.Usage, $"kind: '{kind}' must be one of {string.Join(", ", Kinds)}"),
    };

    private static string Text(Service? service) => service is null ? ""
        : service.Spec is null ? $"{service.Metadata.Namespace}/{service.Metadata.Name}"
        : $"{service.Metadata.Namespace}/{service.Metadata.Name} {string.Join(',', service.Spec.ClusterIps)} ready {service.Status.ReadyEndpoints}/{service.Status.TotalEndpoints}";

    private static string Text(Vmi? vmi) => vmi is null ? ""
        : vmi.Node.Length == 0 ? $"{vmi.Metadata.Namespace}/{vmi.Metadata.Name}"
        : $"{vmi.Metadata.Namespace}/{vmi.Metadata.Name} {vmi.Node} {string.Join(',', vmi.Addresses)} {(vmi.Terminating ? "terminating" : vmi.Ready ? "ready" : "not ready")}";

    private static string Text(Subnet? subnet) => subnet is null ? "" : $"{subnet.Metadata.Name} {string.Join(',', subnet.Cidrs)} {subnet.Purpose}".TrimEnd();

    private static string Text(Node? node) => node is null ? "" : $"{node.Metadata.Name} {string.Join(',', node.Addresses)} {node.Vrouter?.State}".TrimEnd();

    private static string Line(EventType type, string text) =>
        text.Length == 0 ? type.ToString().ToUpperInvariant() : $"{type.ToString().ToUpperInvariant()} {text}";
}
