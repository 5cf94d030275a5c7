using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;

namespace Orleans.Cn2.Contracts.Nodes;

/// <summary>A node as registered.</summary>
/// <param name="Addresses">Its own addresses; VMIs on the host network have them.</param>
/// <param name="Zone">Label <c>topology.kubernetes.io/zone</c>; null without one.</param>
/// <param name="PodPrefixes">At most one a family. The first usable address of each is the node's SNAT source.</param>
/// <param name="Labels">Labels.</param>
/// <param name="Annotations">Annotations.</param>
[GenerateSerializer, Immutable]
public sealed record NodeSpec(
    [property: Id(0)] ImmutableArray<IpAddress> Addresses,
    [property: Id(1)] string? Zone,
    [property: Id(2)] ImmutableArray<IpPrefix> PodPrefixes,
    [property: Id(3)] LabelSet Labels,
    [property: Id(4)] LabelSet Annotations);

/// <summary>Whether a node's worker is there.</summary>
public enum NodePresence
{
    /// <summary>It never was.</summary>
    Never,

    /// <summary>Its stream stands.</summary>
    Connected,

    /// <summary>Its stream ended; its VMIs are paths still.</summary>
    Grace,

    /// <summary>The grace passed; its VMIs are no paths.</summary>
    Lost,
}

/// <summary>A node as it stands.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Made at registration.</param>
/// <param name="ResourceVersion">Opaque; grows with every change.</param>
/// <param name="CreatedAt">When it was registered first.</param>
/// <param name="Spec">As registered.</param>
/// <param name="Presence">Whether its worker is there.</param>
/// <param name="LastSeen">When its stream was last known to stand; null if never.</param>
/// <param name="Vmis">Number of its VMIs.</param>
/// <param name="Draining">Its VMIs take no new flows, because somebody asked for that.</param>
/// <param name="HeldBack">The same, because it came back after repeated losses and did not stand long enough yet.</param>
[GenerateSerializer, Immutable]
public sealed record NodeView(
    [property: Id(0)] string Name,
    [property: Id(1)] Guid Uid,
    [property: Id(2)] ulong ResourceVersion,
    [property: Id(3)] DateTimeOffset CreatedAt,
    [property: Id(4)] NodeSpec Spec,
    [property: Id(5)] NodePresence Presence,
    [property: Id(6)] DateTimeOffset? LastSeen,
    [property: Id(7)] int Vmis,
    [property: Id(8)] bool Draining = false,
    [property: Id(9)] bool HeldBack = false);
