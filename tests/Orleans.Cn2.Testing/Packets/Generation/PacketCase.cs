using System.Collections.Immutable;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Testing.Packets.Generation;

/// <summary>What happens to two engines alike, in order, on the node of <see cref="GeneratedWorld"/>.</summary>
/// <param name="Holds">The node holds fragments ahead of their first.</param>
public sealed record PacketCase(DeliveryMode Mode, bool Holds, ImmutableArray<CaseStep> Steps);

/// <summary>A step of a <see cref="PacketCase"/>.</summary>
public abstract record CaseStep;

/// <summary>The tables change.</summary>
public sealed record CaseChange(TableChange Change) : CaseStep;

/// <summary>A packet is seen at a hook.</summary>
public sealed record CasePacket(GeneratedPacket Packet) : CaseStep;

/// <summary>The planes are opened anew on what they left behind.</summary>
public sealed record CaseRestart : CaseStep;

/// <summary>Time passes.</summary>
public sealed record CaseAge(TimeSpan Span) : CaseStep;
