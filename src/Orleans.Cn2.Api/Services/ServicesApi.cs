using System.Collections.Immutable;
using Grpc.Core;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Api.Security.Access;
using Orleans.Cn2.Api.Security.Callers;
using Orleans.Cn2.Api.Watching;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Transport;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Services;

/// <summary>cn2.v1.Services on the service grains.</summary>
internal sealed class ServicesApi(IGrainFactory grains, TimeProvider time, ServiceFeed feed) : Proto.Services.ServicesBase
{
    private const string Kind = "Service";

    /// <inheritdoc/>
    public override async Task<Proto.ApplyServiceResponse> Apply(Proto.ApplyServiceRequest request, ServerCallContext context)
    {
        ServiceManifest manifest = ManifestMapping.ToManifest(request.Service) with
        {
            AssignsUid = ApiAccess.MayAssignUids(Caller.Of(context.GetHttpContext().User)),
            RequestId = ManifestMapping.Uid(CallHeaders.RequestId, context.RequestHeaders.GetValue(CallHeaders.RequestId) ?? ""),
        };
        ApplyOutcome outcome = await Grain(manifest.Name).Apply(manifest, request.DryRun).ConfigureAwait(false);
        return new Proto.ApplyServiceResponse
        {
            Service = ServiceMapping.ToProto(outcome.View, time.GetUtcNow()),
            Fence = FenceMapping.ToProto(outcome.Fence),
            Result = outcome.Result.ToString().ToLowerInvariant(),
        };
    }

    /// <inheritdoc/>
    public override async Task<Proto.Service> Get(Proto.GetServiceRequest request, ServerCallContext context)
    {
        NamespacedName name = ManifestMapping.Name(request.Namespace, request.Name);
        ServiceView view = await Grain(name).Get().ConfigureAwait(false)
            ?? throw new ObjectNotFoundException(Kind, name.ToString(), $"services \"{name.Name}\" not found in namespace \"{name.Namespace}\"");
        return ServiceMapping.ToProto(view, time.GetUtcNow());
    }

    /// <inheritdoc/>
    public override async Task<Proto.ListServicesResponse> List(Proto.ListServicesRequest request, ServerCallContext context)
    {
        ListPage page = ListPage.Of(request.Options);
        ImmutableArray<NamespacedName> names = await NamesAsync().ConfigureAwait(false);
        Proto.ListServicesResponse response = new();
        foreach (NamespacedName[] some in names.Where(page.Includes).Chunk(256))
        {
            ServiceView?[] views = await Task.WhenAll(some.Select(name => Grain(name).Get())).ConfigureAwait(false);
            foreach (ServiceView view in views.OfType<ServiceView>().Where(view => page.Matches(view.Admitted.Labels)))
            {
                if (response.Services.Count == page.Size)
                {
                    response.NextPageToken = ListPage.TokenAfter(response.Services[^1].Metadata);
                    return response;
                }

                response.Services.Add(ServiceMapping.ToProto(view, time.GetUtcNow()));
            }
        }

        return response;
    }

    /// <inheritdoc/>
    public override Task Watch(Proto.WatchServicesRequest request, IServerStreamWriter<Proto.ServiceEvent> responseStream, ServerCallContext context)
    {
        Task Send(WatchEvent told) => responseStream.WriteAsync(
            new Proto.ServiceEvent { Type = told.Type, Service = told.Message<Proto.Service>(), ResourceVersion = told.Version }, context.CancellationToken);
        return feed.WatchAsync(ListPage.Of(request.Options), request.Known, Send, context.CancellationToken);
    }

    /// <inheritdoc/>
    public override async Task<Proto.DeleteServiceResponse> Delete(Proto.DeleteServiceRequest request, ServerCallContext context)
    {
        NamespacedName name = ManifestMapping.Name(request.Namespace, request.Name);
        Fence fence = await Grain(name).Delete(ManifestMapping.Uid("uid", request.Uid)).ConfigureAwait(false);
        return new Proto.DeleteServiceResponse { Fence = FenceMapping.ToProto(fence) };
    }

    private IServiceGrain Grain(NamespacedName name) => grains.GetGrain<IServiceGrain>(name.ToString());

    private async Task<ImmutableArray<NamespacedName>> NamesAsync()
    {
        ImmutableArray<NamespacedName>[] shards = await Task.WhenAll(
            Enumerable.Range(0, ShardMap.Shards).Select(shard => grains.GetGrain<ICatalogGrain>(shard).List())).ConfigureAwait(false);
        return [.. shards.SelectMany(names => names).OrderBy(name => name.Namespace, StringComparer.Ordinal).ThenBy(name => name.Name, StringComparer.Ordinal)];
    }
}
