using System.Collections.Immutable;
using Grpc.Core;
using Orleans.Cn2.Api.Errors;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Api.Waiting;
using Orleans.Cn2.Api.Watching;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Vmis;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Services;

/// <summary>cn2.v1.Vmis on the node and namespace grains.</summary>
internal sealed class VmisApi(IGrainFactory grains, VmiFeed feed, VmiWaiter waiter) : Proto.Vmis.VmisBase
{
    /// <inheritdoc/>
    public override async Task<Proto.VmiResponse> Register(Proto.RegisterVmiRequest request, ServerCallContext context)
    {
        VmiSpec spec = VmiMapping.ToSpec(request.Vmi ?? new Proto.Vmi());
        Core.Vmis.VmiOutcome admitted = VmiRules.Admit(spec, Guid.NewGuid(), zone: null);
        if (admitted.Vmi is not { } vmi)
        {
            throw new InvalidObjectException(VmiFaults.Kind, spec.Name ?? "", admitted.Violations);
        }

        if (request.LeaseSeconds > int.MaxValue)
        {
            throw new FieldException("lease_seconds", $"Invalid value: {request.LeaseSeconds}: must be between 0 and {int.MaxValue}, inclusive; 0: no lease");
        }

        if (string.IsNullOrEmpty(spec.Uid) && await grains.GetGrain<INamespaceGrain>(vmi.Name.Namespace).FindKnown(vmi.Name.Name).ConfigureAwait(false) is { } known && known.Node == vmi.Node)
        {
            // Registering anew without a uid replaces what stands under the name.
            vmi = vmi with { Uid = known.Uid };
        }

        Contracts.Nodes.VmiOutcome outcome =
            await grains.GetGrain<INodeGrain>(vmi.Node).RegisterVmi(vmi, (int)request.LeaseSeconds).ConfigureAwait(false);
        return ToProto(outcome);
    }

    /// <inheritdoc/>
    public override async Task<Proto.VmiResponse> Update(Proto.UpdateVmiRequest request, ServerCallContext context)
    {
        Vmi vmi = await Required(request.Namespace, request.Name, request.Uid).ConfigureAwait(false);
        if (request.HasWeight && request.Weight is 0 or > ushort.MaxValue)
        {
            throw new FieldException("weight", $"Invalid value: {request.Weight}: must be between 1 and 65535, inclusive");
        }

        Contracts.Nodes.VmiUpdate update = new(
            request.HasReady ? request.Ready : null,
            request.HasServing ? request.Serving : null,
            request.HasTerminating ? request.Terminating : null,
            request.HasWeight ? (ushort)request.Weight : null,
            request.Labels is null ? null : ManifestMapping.Labels(request.Labels.Values));
        return ToProto(await grains.GetGrain<INodeGrain>(vmi.Node).UpdateVmi(vmi.Uid, update).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public override async Task<Proto.DeregisterVmiResponse> Deregister(Proto.DeregisterVmiRequest request, ServerCallContext context)
    {
        Vmi vmi = await Required(request.Namespace, request.Name, request.Uid).ConfigureAwait(false);
        Fence fence = await grains.GetGrain<INodeGrain>(vmi.Node).DeregisterVmi(vmi.Uid).ConfigureAwait(false);
        return new Proto.DeregisterVmiResponse { Fence = FenceMapping.ToProto(fence) };
    }

    /// <inheritdoc/>
    public override Task<Proto.WaitVmiResponse> Wait(Proto.WaitVmiRequest request, ServerCallContext context) => waiter.WaitAsync(
        ManifestMapping.Name(request.Namespace, request.Name), ManifestMapping.Uid("uid", request.Uid), request, context.CancellationToken);

    /// <inheritdoc/>
    public override async Task<Proto.Vmi> Get(Proto.GetVmiRequest request, ServerCallContext context)
    {
        Vmi vmi = await Required(request.Namespace, request.Name, "").ConfigureAwait(false);
        Proto.Vmi message = VmiMapping.ToProto(vmi);
        message.Status = request.WithStatus ? await waiter.StatusAsync(vmi.Name).ConfigureAwait(false) : null;
        return message;
    }

    /// <inheritdoc/>
    public override async Task<Proto.ListVmisResponse> List(Proto.ListVmisRequest request, ServerCallContext context)
    {
        ListPage page = ListPage.Of(request.Options);
        Proto.ListVmisResponse response = new();
        foreach (string ns in await NamespacesAsync(grains, page).ConfigureAwait(false))
        {
            ImmutableArray<Vmi> vmis = await grains.GetGrain<INamespaceGrain>(ns).List().ConfigureAwait(false);
            foreach (Vmi vmi in vmis.Where(vmi => page.Includes(vmi.Name) && page.Matches(vmi.Labels) && (request.Node.Length == 0 || vmi.Node == request.Node)))
            {
                if (response.Vmis.Count == page.Size)
                {
                    response.NextPageToken = ListPage.TokenAfter(response.Vmis[^1].Metadata);
                    return response;
                }

                response.Vmis.Add(VmiMapping.ToProto(vmi));
            }
        }

        return response;
    }

    /// <inheritdoc/>
    public override Task Watch(Proto.WatchVmisRequest request, IServerStreamWriter<Proto.VmiEvent> responseStream, ServerCallContext context)
    {
        Task Send(WatchEvent told) => responseStream.WriteAsync(
            new Proto.VmiEvent { Type = told.Type, Vmi = told.Message<Proto.Vmi>(), ResourceVersion = told.Version }, context.CancellationToken);
        return feed.WatchAsync(ListPage.Of(request.Options), request.Known, Send, context.CancellationToken);
    }

    /// <summary>Namespaces that a list covers, in order.</summary>
    private static async Task<ImmutableArray<string>> NamespacesAsync(IGrainFactory grains, ListPage page)
    {
        if (page.Namespace.Length > 0)
        {
            return [page.Namespace];
        }

        ClusterInventory inventory = await grains.GetGrain<IClusterGrain>(IClusterGrain.Key).GetInventory().ConfigureAwait(false);
        return inventory.Namespaces;
    }

    private async Task<Vmi> Required(string ns, string name, string uid)
    {
        NamespacedName key = ManifestMapping.Name(ns, name);
        Guid? wanted = ManifestMapping.Uid("uid", uid);
        Vmi vmi = await Find(key).ConfigureAwait(false) ?? throw VmiFaults.NotFound(key);
        VmiFaults.RequireUid(vmi, wanted);
        return vmi;
    }

    private Task<Vmi?> Find(NamespacedName name) => grains.GetGrain<INamespaceGrain>(name.Namespace).Find(name.Name);

    private static Proto.VmiResponse ToProto(Contracts.Nodes.VmiOutcome outcome) =>
        new() { Vmi = VmiMapping.ToProto(outcome.Vmi), Fence = FenceMapping.ToProto(outcome.Fence) };
}
