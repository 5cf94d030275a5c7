using Grpc.Core;
using Orleans.Cn2.Api.Errors;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Api.Watching;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core.Addressing;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Services;

/// <summary>cn2.v1.Subnets on the subnet grains.</summary>
internal sealed class SubnetsApi(IGrainFactory grains, SubnetFeed feed) : Proto.Subnets.SubnetsBase
{
    private const int DefaultLeases = 500;

    /// <inheritdoc/>
    public override async Task<Proto.Subnet> Apply(Proto.ApplySubnetRequest request, ServerCallContext context)
    {
        Proto.Subnet subnet = request.Subnet ?? new Proto.Subnet();
        return SubnetMapping.ToProto(await Grain(subnet.Metadata?.Name ?? "").Apply(SubnetMapping.ToSpec(subnet)).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public override async Task<Proto.Subnet> Get(Proto.GetSubnetRequest request, ServerCallContext context) =>
        SubnetMapping.ToProto(await Grain(request.Name).Get().ConfigureAwait(false) ?? throw NotFound(request.Name));

    /// <inheritdoc/>
    public override async Task<Proto.ListSubnetsResponse> List(Proto.ListSubnetsRequest request, ServerCallContext context)
    {
        ClusterInventory inventory = await grains.GetGrain<IClusterGrain>(IClusterGrain.Key).GetInventory().ConfigureAwait(false);
        SubnetView?[] views = await Task.WhenAll(inventory.Subnets.Select(subnet => Grain(subnet.Name).Get())).ConfigureAwait(false);
        return new Proto.ListSubnetsResponse { Subnets = { views.OfType<SubnetView>().Select(SubnetMapping.ToProto) } };
    }

    /// <inheritdoc/>
    public override async Task<Proto.ListLeasesResponse> ListLeases(Proto.ListLeasesRequest request, ServerCallContext context)
    {
        IpAddress after = default;
        if (request.PageToken.Length > 0 && !IpAddress.TryParse(request.PageToken, null, out after))
        {
            throw new FieldException("page_token", $"Invalid value: \"{request.PageToken}\": must be the next_page_token of an answer");
        }

        LeasePage page = await Grain(request.Name)
            .ListLeases(after, request.PageSize > 0 ? request.PageSize : DefaultLeases).ConfigureAwait(false);
        return new Proto.ListLeasesResponse
        {
            Leases = { page.Leases.Select(SubnetMapping.ToProto) },
            NextPageToken = page.More ? page.Leases[^1].Address.ToString() : "",
        };
    }

    /// <inheritdoc/>
    public override Task Watch(Proto.WatchSubnetsRequest request, IServerStreamWriter<Proto.SubnetEvent> responseStream, ServerCallContext context)
    {
        Task Send(WatchEvent told) => responseStream.WriteAsync(
            new Proto.SubnetEvent { Type = told.Type, Subnet = told.Message<Proto.Subnet>(), ResourceVersion = told.Version }, context.CancellationToken);
        return feed.WatchAsync(ListPage.Of(null), request.Known, Send, context.CancellationToken);
    }

    /// <inheritdoc/>
    public override async Task<Proto.DeleteSubnetResponse> Delete(Proto.DeleteSubnetRequest request, ServerCallContext context)
    {
        ISubnetGrain subnet = Grain(request.Name);
        if (await subnet.Get().ConfigureAwait(false) is null)
        {
            throw NotFound(request.Name);
        }

        await subnet.Delete().ConfigureAwait(false);
        return new Proto.DeleteSubnetResponse();
    }

    private static ObjectNotFoundException NotFound(string name) => new("Subnet", name, $"subnets \"{name}\" not found");

    private ISubnetGrain Grain(string name) =>
        name.Length > 0 ? grains.GetGrain<ISubnetGrain>(name) : throw new FieldException("metadata.name", "Required value: name is required");
}
