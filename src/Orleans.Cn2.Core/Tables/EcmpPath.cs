using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Core.Tables;

/// <summary>One path of an ECMP group: a back-end address and port of one VMI.</summary>
/// <param name="Address">Address of the VMI, of the frontend's family.</param>
/// <param name="Port">Target port.</param>
/// <param name="Weight">Share of slots relative to the other paths, 1..65535.</param>
/// <param name="State">Whether new flows may choose it and which flows stay.</param>
/// <param name="VmiId">64-bit id of the VMI (<see cref="TableIds.OfVmi"/>): a reused address is another path.</param>
[GenerateSerializer, Immutable]
public readonly record struct EcmpPath(
    [property: Id(0)] IpAddress Address,
    [property: Id(1)] ushort Port,
    [property: Id(2)] ushort Weight,
    [property: Id(3)] PathState State,
    [property: Id(4)] ulong VmiId);
