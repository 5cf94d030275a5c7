using Grpc.Core;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Backup;

/// <summary>
/// Makes the objects of a backup, in the order in which they need each other: subnets, nodes, VMIs, Services, which claim the addresses that they had. May be
/// repeated: what is there already stays as it is, and a name that is taken by another object is refused.
/// </summary>
internal sealed class BackupImport(Cn2Client client)
{
    private readonly List<string> _refusals = [];

    /// <summary>What was refused, each naming its object.</summary>
    public IReadOnlyList<string> Refusals => _refusals;

    public async Task RunAsync(ClusterBackup backup, CancellationToken cancellation)
    {
        foreach (Subnet subnet in backup.Subnets)
        {
            await MakeAsync($"subnet/{subnet.Metadata.Name}", client.Subnets.ApplyAsync(new ApplySubnetRequest { Subnet = subnet }, cancellationToken: cancellation)).ConfigureAwait(false);
        }

        foreach (Node node in backup.Nodes)
        {
            await MakeAsync($"node/{node.Metadata.Name}", client.Nodes.RegisterAsync(new RegisterNodeRequest { Node = node }, cancellationToken: cancellation)).ConfigureAwait(false);
            if (node.Draining)
            {
                await MakeAsync($"node/{node.Metadata.Name}", client.Nodes.DrainAsync(new DrainNodeRequest { Name = node.Metadata.Name }, cancellationToken: cancellation)).ConfigureAwait(false);
            }
        }

        foreach (Vmi vmi in backup.Vmis)
        {
            await MakeAsync($"vmi/{vmi.Metadata.Namespace}/{vmi.Metadata.Name}", client.Vmis.RegisterAsync(new RegisterVmiRequest { Vmi = vmi }, cancellationToken: cancellation)).ConfigureAwait(false);
        }

        foreach (Service service in backup.Services)
        {
            await MakeAsync(
                $"service/{service.Metadata.Namespace}/{service.Metadata.Name}",
                client.Services.ApplyAsync(new ApplyServiceRequest { Service = service }, cancellationToken: cancellation)).ConfigureAwait(false);
        }
    }

    private async Task MakeAsync<T>(string name, AsyncUnaryCall<T> call)
    {
        try
        {
            await call.ResponseAsync.ConfigureAwait(false);
        }
        catch (RpcException refused) when (refused.StatusCode is not (StatusCode.Cancelled or StatusCode.Unavailable or StatusCode.Unauthenticated or StatusCode.PermissionDenied))
        {
            _refusals.Add($"{name}: {string.Join("; ", ErrorReport.Lines(refused))}");
        }
    }
}
