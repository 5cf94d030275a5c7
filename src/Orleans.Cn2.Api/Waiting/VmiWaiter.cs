using System.Collections.Immutable;
using Orleans.Cn2.Api.Errors;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Flows;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Core.Vmis;
using NodeView = Orleans.Cn2.Contracts.Nodes.NodeView;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Waiting;

/// <summary>Awaits that a VMI is available or drained: asks its namespace, its Services, the progress grain, and at last the workers for flows.</summary>
internal sealed class VmiWaiter(IGrainFactory grains, TimeProvider time)
{
    private const int MostCounted = 1000;
    private const int NodesAtOnce = 32;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan WorkerTimeout = TimeSpan.FromSeconds(4);
    private readonly BoundedPoll _poll = new(time, LongestPause);

    /// <summary>Waits until the condition asked for holds or the time passed, and says how far it came.</summary>
    /// <exception cref="FieldException">A field is out of range.</exception>
    /// <exception cref="ObjectNotFoundException">There is no such VMI, or no more.</exception>
    /// <exception cref="ConflictException">It has another uid.</exception>
    public Task<Proto.WaitVmiResponse> WaitAsync(NamespacedName name, Guid? uid, Proto.WaitVmiRequest request, CancellationToken cancellation)
    {
        uint percent = BoundedPoll.Percent(request.Percent);
        TimeSpan silence = BoundedPoll.Seconds("silent_seconds", request.SilentSeconds, FlowLife.DefaultSilence);
        Func<Proto.VmiStatus, bool> met = request.Condition switch
        {
            "Available" => status => status.Available,
            "Drained" => status => status.Drained,
            _ => throw new FieldException("condition", $"Unsupported value: \"{request.Condition}\": supported values: \"Available\", \"Drained\""),
        };
        return _poll.UntilAsync(
            BoundedPoll.Timeout(request.TimeoutSeconds),
            async () =>
            {
                Proto.VmiStatus status = await AskAsync(name, uid, percent, silence).ConfigureAwait(false);
                bool reached = met(status);
                return (new Proto.WaitVmiResponse { Met = reached, Status = status }, reached);
            },
            cancellation);
    }

    /// <summary>Where it stands now.</summary>
    /// <exception cref="ObjectNotFoundException">There is no such VMI.</exception>
    public Task<Proto.VmiStatus> StatusAsync(NamespacedName name) => AskAsync(name, null, BoundedPoll.Percent(0), FlowLife.DefaultSilence);

    private async Task<Proto.VmiStatus> AskAsync(NamespacedName name, Guid? uid, uint percent, TimeSpan silence)
    {
        Membership member = await grains.GetGrain<INamespaceGrain>(name.Namespace).FindMember(name.Name).ConfigureAwait(false) ?? throw VmiFaults.NotFound(name);
        VmiFaults.RequireUid(member.Vmi, uid);
        MemberUse?[] uses = await Task.WhenAll(member.Services.Select(
            service => grains.GetGrain<IServiceGrain>(service.ToString()).UseOf(member.Version, member.Vmi.TableId))).ConfigureAwait(false);
        Fence published = member.Services.Zip(uses).Where(pair => pair.Second is not null)
            .Aggregate(Fence.None, (fence, pair) => fence.And(Fence.Of(ShardMap.ShardOf(pair.First), pair.Second!.Version)));
        FenceProgress progress = await grains.GetGrain<IProgressGrain>(IProgressGrain.Key).Query(published).ConfigureAwait(false);
        VmiStanding standing = new(member, uses, progress, percent);

        // Workers are asked once nobody gives it new flows: what they count before says nothing about the end.
        return standing.ToStatus(standing.Undrained.IsEmpty ? await FlowsAsync(member.Vmi, standing.Ports, silence).ConfigureAwait(false) : null);
    }

    private async Task<IReadOnlyCollection<NodeFlows>> FlowsAsync(Vmi vmi, ImmutableArray<ushort> ports, TimeSpan silence)
    {
        ClusterInventory inventory = await grains.GetGrain<IClusterGrain>(IClusterGrain.Key).GetInventory().ConfigureAwait(false);
        List<NodeFlows> flows = [];
        foreach (string[] some in inventory.Nodes.Chunk(NodesAtOnce))
        {
            flows.AddRange((await Task.WhenAll(some.Select(node => FlowsAsync(node, vmi, ports, silence))).ConfigureAwait(false)).OfType<NodeFlows>());
        }

        return flows;
    }

    // Null for a node that counts for nothing: it never had a worker, or is lost.
    private async Task<NodeFlows?> FlowsAsync(string node, Vmi vmi, ImmutableArray<ushort> ports, TimeSpan silence)
    {
        NodeView? view = await grains.GetGrain<INodeGrain>(node).Get().ConfigureAwait(false);
        switch (view?.Presence)
        {
            case null or NodePresence.Never or NodePresence.Lost:
                return null;
            case NodePresence.Grace:
                return new NodeFlows(node, 0, "its worker is away");
        }

        try
        {
            int open = 0;
            bool more = false;
            foreach (IpAddress address in vmi.Addresses)
            {
                FlowQuestion question = new(default, default, address, MostCounted, silence);
                ImmutableArray<FlowAnswer> flows = await grains.GetGrain<IVRouterGrain>(node).Flows(question, WorkerTimeout).ConfigureAwait(false);
                int counted = flows.Count(flow => ports.Contains(flow.TargetPort) && FlowLife.IsOpen(flow.Protocol, flow.Fin, flow.Rst, flow.Idle, silence));
                open += counted;

                // A worker that does not know the question's silence, or one with other VMIs at this address, may tell others than those that count.
                more |= counted == 0 && flows.Length >= MostCounted;
            }

            return new NodeFlows(node, open, more && open == 0 ? "has more flows than it tells" : null);
        }
        catch (ControlPlaneException silent) when (silent is OutcomeUnknownException or FailedPreconditionException)
        {
            return new NodeFlows(node, 0, "its worker does not answer");
        }
    }
}
