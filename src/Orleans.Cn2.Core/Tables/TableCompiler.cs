using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Endpoints;
using Orleans.Cn2.Core.Services;

namespace Orleans.Cn2.Core.Tables;

/// <summary>Compiles an entry to the table of one node: a pure function, so that every silo and every restart gives the same rows.</summary>
public static class TableCompiler
{
    /// <summary>
    /// The table of <paramref name="entry"/> at a node. Without a view it is the table of all nodes, for entries that are not node-dependent.
    /// </summary>
    /// <exception cref="ArgumentNullException">The entry is node-dependent and there is no view.</exception>
    public static ServiceTable Compile(ServiceEntry entry, NodeView? node)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.IsNodeDependent)
        {
            ArgumentNullException.ThrowIfNull(node);
        }

        ImmutableArray<Frontend>.Builder frontends = ImmutableArray.CreateBuilder<Frontend>(entry.FloatingIps.Count * entry.Ports.Count);
        foreach (IpAddress address in entry.FloatingIps)
        {
            for (int port = 0; port < entry.Ports.Count; port++)
            {
                frontends.Add(CompileFrontend(entry, address, port, node));
            }
        }

        frontends.Sort(FrontendOrder.Compare);
        return new(entry.Uid, entry.Name, entry.Generation, frontends.MoveToImmutable());
    }

    private static Frontend CompileFrontend(ServiceEntry entry, IpAddress address, int index, NodeView? node)
    {
        EntryPort port = entry.Ports[index];
        List<ServiceEndpoint> candidates =
            [.. entry.Endpoints.Where(endpoint => endpoint.TargetPorts[index] != 0 && endpoint.AddressOf(address.Family).IsSet)];
        EndpointChoice choice = EndpointChoice.Of(candidates, entry.InternalTrafficPolicy, node);
        FrontendFlags flags = FrontendFlags.None;
        if (entry.InternalTrafficPolicy == TrafficPolicy.Local && choice.HasAny)
        {
            flags |= FrontendFlags.LocalOnly;
        }

        if (entry.AffinitySeconds != 0)
        {
            flags |= FrontendFlags.ClientIpAffinity;
        }

        return new(
            address,
            port.Protocol,
            port.Port,
            TableIds.OfFrontend(entry.Uid, address.Family, port.Protocol, port.Port),
            flags,
            entry.AffinitySeconds,
            PathCompiler.Compile(candidates, choice.Chosen, address.Family, index));
    }
}
