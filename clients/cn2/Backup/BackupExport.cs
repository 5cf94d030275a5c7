using System.Collections.Immutable;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Backup;

/// <summary>
/// Reads the intent of a cluster, each object as it stands when it is read. What only the server says (status, usage, versions) is left out. Services are read
/// last: whatever subnet or node one of them needs was there before it.
/// </summary>
internal static class BackupExport
{
    public static async Task<ClusterBackup> RunAsync(Cn2Client client, CancellationToken cancellation)
    {
        ListSubnetsResponse subnets = await client.Subnets.ListAsync(new ListSubnetsRequest(), cancellationToken: cancellation);
        ListNodesResponse nodes = await client.Nodes.ListAsync(new ListNodesRequest(), cancellationToken: cancellation);
        ImmutableArray<Vmi>.Builder vmis = ImmutableArray.CreateBuilder<Vmi>();
        await foreach (Vmi vmi in client.ListVmisAsync(cancellation: cancellation).ConfigureAwait(false))
        {
            Forget(vmi.Metadata);

            // Its node is in the file itself.
            vmi.Draining = "";
            vmis.Add(vmi);
        }

        ImmutableArray<Service>.Builder services = ImmutableArray.CreateBuilder<Service>();
        await foreach (Service service in client.ListServicesAsync(cancellation: cancellation).ConfigureAwait(false))
        {
            // One that is being deleted is no longer meant to be.
            if (service.Status is { Phase: "Active" })
            {
                services.Add(Intent(service));
            }
        }

        return new ClusterBackup([.. subnets.Subnets.Select(Intent)], [.. nodes.Nodes.Select(Intent)], vmis.ToImmutable(), services.ToImmutable());
    }

    private static Subnet Intent(Subnet subnet)
    {
        subnet.Usage.Clear();
        Forget(subnet.Metadata);
        return subnet;
    }

    private static Service Intent(Service service)
    {
        service.Status = null;
        Forget(service.Metadata);
        return service;
    }

    private static Node Intent(Node node)
    {
        node.Vrouter = null;
        node.HeldBack = false;
        Forget(node.Metadata);
        return node;
    }

    // The uid stays: it is what makes the object the same one.
    private static void Forget(ObjectMeta metadata)
    {
        metadata.ResourceVersion = "";
        metadata.CreationTimestamp = null;
    }
}
