using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Testing.Faults;

/// <summary>What must agree once nothing changes any more and everything lives: Services, the leases of their addresses, the tables of vRouters; VMIs of namespaces and of nodes.</summary>
public static class Agreement
{
    private const int Page = 1_000;
    private static readonly TimeSpan CallBound = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Waits until each Service has the addresses that are leased, no address is leased to nobody, every table leads from just these, and each node has as many VMIs as
    /// the namespaces have of it.
    /// </summary>
    /// <param name="client">Reads.</param>
    /// <param name="tables">Addresses that the tables of each vRouter lead from, by the Service's uid.</param>
    /// <param name="bound">How long at most.</param>
    /// <param name="seen">What to tell when they do not agree.</param>
    public static async Task ReachedAsync(
        Cn2Client client, Func<IReadOnlyList<IReadOnlyDictionary<string, string[]>>> tables, TimeSpan bound, Func<string> seen)
    {
        string disagreement = "nothing was read";
        await Until.TrueAsync(
            "Services, leases, tables and VMIs agree",
            bound,
            async () =>
            {
                try
                {
                    disagreement = await FindAsync(client, tables()) ?? "";
                }
                catch (RpcException failure)
                {
                    disagreement = failure.Message;
                }

                return disagreement.Length == 0;
            },
            () => $"{disagreement}\n{seen()}");
    }

    private static async Task<string?> FindAsync(Cn2Client client, IReadOnlyList<IReadOnlyDictionary<string, string[]>> tables)
    {
        Dictionary<string, string[]> services = [];
        await foreach (Service service in client.ListServicesAsync())
        {
            services[service.Metadata.Uid] = [.. service.Status.FloatingIps.Select(fip => fip.Address).Order(StringComparer.Ordinal)];
        }

        string held = Lines(services.SelectMany(service => service.Value.Select(address => $"{address} {service.Key}")));
        string leased = Lines(await LeasesAsync(client));
        if (held != leased)
        {
            return $"Services have\n{held}\nbut leased are\n{leased}";
        }

        string? other = tables.Select(table => Lines(table.SelectMany(one => one.Value.Select(address => $"{address} {one.Key}")))).FirstOrDefault(text => text != held);
        return other is null ? await OfVmisAsync(client) : $"Services have\n{held}\nbut a table leads from\n{other}";
    }

    // A node that has yet to forget one that moved counts it too.
    private static async Task<string?> OfVmisAsync(Cn2Client client)
    {
        Dictionary<string, List<string>> known = [];
        await foreach (Vmi vmi in client.ListVmisAsync())
        {
            known.TryAdd(vmi.Node, []);
            known[vmi.Node].Add($"{vmi.Metadata.Namespace}/{vmi.Metadata.Name}");
        }

        ListNodesResponse nodes = await client.Nodes.ListAsync(new ListNodesRequest(), deadline: DateTime.UtcNow + CallBound);
        return nodes.Nodes.Where(node => node.Vrouter.Vmis != known.GetValueOrDefault(node.Metadata.Name, []).Count)
            .Select(node => $"node {node.Metadata.Name} has {node.Vrouter.Vmis} VMIs but its namespaces have\n{Lines(known.GetValueOrDefault(node.Metadata.Name, []))}")
            .FirstOrDefault();
    }

    private static async Task<List<string>> LeasesAsync(Cn2Client client)
    {
        List<string> leased = [];
        ListLeasesRequest request = new() { Name = "service", PageSize = Page };
        do
        {
            ListLeasesResponse page = await client.Subnets.ListLeasesAsync(request, deadline: DateTime.UtcNow + CallBound);
            leased.AddRange(page.Leases.Where(lease => lease.Quarantine.Length == 0).Select(lease => $"{lease.Address} {lease.OwnerUid}"));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return leased;
    }

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines.Order(StringComparer.Ordinal));
}
