using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Endpoints;

namespace Orleans.Cn2.Core.Tables;

/// <summary>Turns the endpoints of one frontend to paths.</summary>
internal static class PathCompiler
{
    /// <summary>
    /// One path for each candidate, in canonical order. A chosen one is active. Of several chosen at one address and port only one is: one that does not
    /// terminate before one that does, then the least VMI id. The rest takes no new flows: what is selected and serves keeps TCP and UDP flows
    /// (<see cref="PathState.DrainingServing"/>; also a ready one that policy or topology leaves to other nodes), anything else TCP flows alone.
    /// </summary>
    public static ImmutableArray<EcmpPath> Compile(
        IReadOnlyList<ServiceEndpoint> candidates, IReadOnlyList<ServiceEndpoint> chosen, IpFamily family, int port)
    {
        Dictionary<(IpAddress, ushort), ServiceEndpoint> active = new(chosen.Count);
        foreach (ServiceEndpoint endpoint in chosen)
        {
            (IpAddress, ushort) target = (endpoint.AddressOf(family), endpoint.TargetPorts[port]);
            if (!active.TryGetValue(target, out ServiceEndpoint? other) || IsBefore(endpoint, other))
            {
                active[target] = endpoint;
            }
        }

        ImmutableArray<EcmpPath>.Builder paths = ImmutableArray.CreateBuilder<EcmpPath>(candidates.Count);
        foreach (ServiceEndpoint endpoint in candidates)
        {
            (IpAddress Address, ushort Port) target = (endpoint.AddressOf(family), endpoint.TargetPorts[port]);
            bool isActive = active.TryGetValue(target, out ServiceEndpoint? winner) && ReferenceEquals(winner, endpoint);
            PathState state = isActive ? PathState.Active
                : endpoint is { Selected: true, Serving: true } ? PathState.DrainingServing
                : PathState.Draining;
            paths.Add(new(target.Address, target.Port, endpoint.Weight, state, endpoint.VmiId));
        }

        paths.Sort(PathOrder.Compare);
        return paths.MoveToImmutable();
    }

    private static bool IsBefore(ServiceEndpoint left, ServiceEndpoint right) =>
        left.Terminating != right.Terminating ? right.Terminating : left.VmiId < right.VmiId;
}
