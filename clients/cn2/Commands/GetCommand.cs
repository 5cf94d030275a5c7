using System.CommandLine;
using Google.Protobuf;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Cli.Output;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Commands;

/// <summary><c>cn2 get</c>.</summary>
internal static class GetCommand
{
    public static Command Create()
    {
        Command get = new("get", "List objects");
        return get.With(
            Kind("services", "svc", "Services with their addresses", Tables.Services, (parsed, client, names, cancellation) =>
                Named(Services(parsed, client, cancellation), names, service => service.Metadata.Name, cancellation)),
            Kind("fips", "fip", "FloatingIPs", Tables.FloatingIps, async (parsed, client, names, cancellation) =>
            {
                List<Service> services = await Collect(Services(parsed, client, cancellation), cancellation).ConfigureAwait(false);
                return [.. services.SelectMany(service => service.Status.FloatingIps).Where(fip => names.Length == 0 || names.Contains(fip.Name))];
            }),
            Kind("subnets", "subnet", "Service subnets", Tables.Subnets, async (_, client, names, cancellation) =>
                [.. (await client.Subnets.ListAsync(new ListSubnetsRequest(), cancellationToken: cancellation)).Subnets
                    .Where(subnet => names.Length == 0 || names.Contains(subnet.Metadata.Name))]),
            Kind("vmis", "vmi", "Virtual machine interfaces", Tables.Vmis, (parsed, client, names, cancellation) =>
                Named(
                    client.ListVmisAsync(CommandLine.NamespaceOf(parsed), parsed.GetValue(CommandLine.Selector) ?? "", cancellation: cancellation),
                    names, vmi => vmi.Metadata.Name, cancellation)),
            Kind("nodes", "node", "Nodes", Tables.Nodes, (_, client, names, cancellation) => Nodes(client, names, cancellation)),
            Kind("vrouters", "vrouter", "vRouters and what they hold", Tables.VRouters, (_, client, names, cancellation) => Nodes(client, names, cancellation)));
    }

    private static Command Kind<T>(
        string name, string alias, string description, IReadOnlyList<Column<T>> columns,
        Func<ParseResult, Cn2Client, string[], CancellationToken, Task<List<T>>> list)
        where T : IMessage
    {
        Argument<string[]> names = new("name") { Description = "Only these", Arity = ArgumentArity.ZeroOrMore };
        names.Validators.Add(result =>
        {
            foreach (string text in result.Tokens.Select(token => token.Value).Where(text => text.StartsWith('-')))
            {
                result.AddError($"'{text}' is no option of cn2 get {name}");
            }
        });
        Command command = new(name, description);
        command.Aliases.Add(alias);
        return command.With(names, CommandLine.AllNamespaces, CommandLine.Selector).Does(async (parsed, cancellation) =>
        {
            using Cn2Client client = CommandLine.Connect(parsed);
            string[] wanted = parsed.GetValue(names) ?? [];
            List<T> rows = await list(parsed, client, wanted, cancellation).ConfigureAwait(false);
            Printer.Print(rows, columns, parsed.GetValue(CommandLine.Output), Console.Out);
            return wanted.Length > rows.Count ? throw new CommandException(ExitCodes.Refused, $"not all of {string.Join(", ", wanted)} found") : ExitCodes.Ok;
        });
    }

    private static IAsyncEnumerable<Service> Services(ParseResult parsed, Cn2Client client, CancellationToken cancellation) =>
        client.ListServicesAsync(CommandLine.NamespaceOf(parsed), parsed.GetValue(CommandLine.Selector) ?? "", cancellation);

    private static async Task<List<Node>> Nodes(Cn2Client client, string[] names, CancellationToken cancellation)
    {
        ListNodesResponse nodes = await client.Nodes.ListAsync(new ListNodesRequest(), cancellationToken: cancellation);
        return [.. nodes.Nodes.Where(node => names.Length == 0 || names.Contains(node.Metadata.Name))];
    }

    private static async Task<List<T>> Named<T>(IAsyncEnumerable<T> source, string[] names, Func<T, string> name, CancellationToken cancellation) =>
        [.. (await Collect(source, cancellation).ConfigureAwait(false)).Where(item => names.Length == 0 || names.Contains(name(item)))];

    private static async Task<List<T>> Collect<T>(IAsyncEnumerable<T> source, CancellationToken cancellation)
    {
        List<T> items = [];
        await foreach (T item in source.WithCancellation(cancellation).ConfigureAwait(false))
        {
            items.Add(item);
        }

        return items;
    }
}
