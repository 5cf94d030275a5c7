using System.Collections.Immutable;
using System.Net;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Cli.Check;

/// <summary>An address and port on a node whose vRouter has a path for it that takes new flows.</summary>
internal readonly record struct NodeFrontend(string Node, IPAddress Address, TransportProtocol Protocol, ushort Port);

/// <summary>
/// From where each address and port is to be answered. A port has no path where its targetPort names a port that no pod declares, and
/// internalTrafficPolicy Local leaves a node without one that has no pod of its own.
/// </summary>
internal sealed class ServiceReach(ImmutableHashSet<NodeFrontend> frontends, ImmutableArray<string> nodes)
{
    /// <summary>True when a request from there has to be answered; the outside network comes in by any node.</summary>
    public bool From(Place place, Target target) => (place.Node is { } node ? [node] : nodes)
        .All(each => frontends.Contains(new NodeFrontend(each, target.Address, target.Protocol, target.Port)));
}
