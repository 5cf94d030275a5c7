using System.Collections.Immutable;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.Services;

namespace Orleans.Cn2.Forwarding.Ebpf.Node.ServicePair;

/// <summary>The difference between what a spec wants and what the node has.</summary>
/// <param name="Steps">What to do, in order. Empty = the node is as the spec wants it.</param>
/// <param name="Unserved">Subnets that get no route.</param>
/// <param name="Conflict">Why nothing can be done: a name is taken by a foreign interface; null if none.</param>
public sealed record ServicePairPlan(
    ImmutableArray<ServicePairStep> Steps, ImmutableArray<UnservedSubnet> Unserved, string? Conflict)
{
    /// <summary>rtm_protocol of our routes.</summary>
    public const byte RouteProtocol = Route.OwnProtocol;

    private const string VethKind = "veth";

    /// <summary>
    /// Plans the next round. While the pair is missing only its making is planned, since the rest needs its indexes;
    /// so rounds are repeated, each with a new reading, until one plans nothing.
    /// </summary>
    public static ServicePairPlan Of(ServicePairSpec spec, ServicePairState state)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(state);
        foreach (Link? end in (ReadOnlySpan<Link?>)[state.Near, state.Far])
        {
            if (end is not null && end.Kind != VethKind)
            {
                string kind = end.Kind.Length == 0 ? "hardware" : end.Kind;
                return new ServicePairPlan([], [], $"{end.Name} is an interface of kind {kind}, not of this project; rename one of the two");
            }
        }

        if (!IsPair(state.Near, state.Far))
        {
            return new ServicePairPlan(PlanPair(state), [], null);
        }

        ImmutableArray<ServicePairStep>.Builder steps = ImmutableArray.CreateBuilder<ServicePairStep>();
        foreach ((string path, string value) in ServicePairSettings.Wanted(spec))
        {
            // A path the kernel does not have belongs to a family it does not have; its subnets come out as unserved.
            if (state.Settings.TryGetValue(path, out string? now) && now != value)
            {
                steps.Add(new WriteSetting(path, value));
            }
        }

        foreach (Link end in (ReadOnlySpan<Link>)[state.Near!, state.Far!])
        {
            if (end.Mtu != spec.Mtu)
            {
                steps.Add(new SetEndMtu(end.Index, spec.Mtu));
            }

            if (!end.IsUp || !end.Flags.HasFlag(LinkFlags.NoArp))
            {
                steps.Add(new BringUp(end.Index));
            }
        }

        ServiceRoutes routes = ServiceRoutes.Of(spec.ServiceSubnets, spec.NodeAddresses, state.Addresses, state.Routes, state.Near!.Index);
        steps.AddRange(routes.Missing.Select(route => new RouteSubnet(route)));
        steps.AddRange(routes.Stale.Select(route => new UnrouteSubnet(route)));
        return new ServicePairPlan(steps.ToImmutable(), routes.Unserved, null);
    }

    private static bool IsPair(Link? near, Link? far) =>
        near is not null && far is not null && near.PeerIndex == far.Index && far.PeerIndex == near.Index
        && near.LinkNamespaceId is null && far.LinkNamespaceId is null;

    private static ImmutableArray<ServicePairStep> PlanPair(ServicePairState state)
    {
        ImmutableArray<ServicePairStep>.Builder steps = ImmutableArray.CreateBuilder<ServicePairStep>();
        foreach (Link? end in (ReadOnlySpan<Link?>)[state.Near, state.Far])
        {
            if (end is not null)
            {
                steps.Add(new RemoveEnd(end.Index, end.Name));
            }
        }

        steps.Add(new CreatePair());
        return steps.ToImmutable();
    }
}
