using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Core.Vmis;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Waiting;

/// <summary>
/// Where a VMI stands on its way into the tables and out of them, from what Services and vRouters say. Rules only.
/// <list type="bullet">
/// <item>Available: every Service published its last change, those that select it give it new flows, at least one, and the share of the live vRouters
/// holds that. A Service that selects it and finds no port on it counts neither way.</item>
/// <item>Drained: every Service published its last change, none gives it new flows, every live vRouter holds that, and no node has flows to it.</item>
/// </list>
/// </summary>
internal sealed class VmiStanding
{
    private const int MostCauses = 20;
    private readonly FenceProgress _progress;

    /// <param name="member">The VMI and the Services it concerns.</param>
    /// <param name="uses">How each of them uses it; null for one that did not publish yet.</param>
    /// <param name="progress">How far the vRouters hold what was published.</param>
    /// <param name="percent">Share of the live vRouters asked for, 1..100.</param>
    public VmiStanding(Membership member, IReadOnlyList<MemberUse?> uses, FenceProgress progress, uint percent)
    {
        _progress = progress;
        (NamespacedName Service, EndpointUse? Use)[] services = [.. member.Services.Zip(uses, (service, use) => (service, use?.Use))];
        Services = [.. services.Where(service => service.Use is { Selected: true }).Select(service => service.Service.ToString())];
        Ports = [.. services.SelectMany(service => service.Use?.Ports ?? []).Distinct<ushort>()];
        string[] unpublished = [.. services.Where(service => service.Use is null).Select(service => $"{service.Service} has not published its last change")];
        Unavailable = [.. unpublished, .. Refusals(member.Vmi, services, pending: unpublished.Length > 0), .. progress.Has(percent) ? [] : Lacking];
        Undrained = [.. unpublished, .. services.Where(service => service.Use is { State: PathState.Active }).Select(service => $"{service.Service} gives it new flows"), .. Lacking];
    }

    /// <summary>Services that select it.</summary>
    public ImmutableArray<string> Services { get; }

    /// <summary>Ports that flows to it have.</summary>
    public ImmutableArray<ushort> Ports { get; }

    /// <summary>What it lacks to be available.</summary>
    public ImmutableArray<string> Unavailable { get; }

    /// <summary>What it lacks to be drained, flows aside.</summary>
    public ImmutableArray<string> Undrained { get; }

    private IEnumerable<string> Lacking => _progress.WaitingFor.Select(node => $"{node}: lacks the tables");

    /// <summary>The status with the flows that nodes have.</summary>
    /// <param name="flows">Of each node that may have some; null where they were not asked for, because <see cref="Undrained"/> has causes.</param>
    public Proto.VmiStatus ToStatus(IReadOnlyCollection<NodeFlows>? flows)
    {
        string[] undrained = [.. Undrained, .. (flows ?? []).Select(node => node.Waiting).OfType<string>()];
        return new Proto.VmiStatus
        {
            Services = { Services },
            Available = Unavailable.IsEmpty,
            Drained = flows is not null && undrained.Length == 0,
            Reached = _progress.Reached,
            Live = _progress.Live,
            Flows = (flows ?? []).Sum(node => node.Open),
            UnavailableBecause = { Unavailable.Take(MostCauses) },
            UndrainedBecause = { undrained.Take(MostCauses) },
        };
    }

    private static IEnumerable<string> Refusals(Vmi vmi, (NamespacedName Service, EndpointUse? Use)[] services, bool pending)
    {
        (NamespacedName Service, EndpointUse? Use)[] selecting = [.. services.Where(service => service.Use is { Selected: true })];
        if (selecting.Length == 0)
        {
            return pending ? [] : ["no Service selects it"];
        }

        return selecting.All(service => service.Use!.State is null)
            ? selecting.Select(service => $"{service.Service} finds no port on it")
            : selecting.Where(service => service.Use!.State is not (null or PathState.Active)).Select(service => $"{service.Service} gives it no new flows: {CauseOf(vmi)}");
    }

    private static string CauseOf(Vmi vmi) =>
        vmi.Conditions.IsTerminating ? "it terminates"
        : !vmi.Conditions.IsReady ? "it is not ready"
        : vmi.Drains switch
        {
            DrainCause.NodeDraining => $"its node {vmi.Node} drains",
            DrainCause.NodeHeldBack => $"its node {vmi.Node} is held back after repeated losses",
            DrainCause.LeaseLapses => "it is held back after repeated lapses of its lease",
            _ => "another VMI has its address",
        };
}
