using System.Collections.Immutable;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Contracts.VRouters;

/// <summary>A question to a worker: exactly one of the two is set.</summary>
[GenerateSerializer, Immutable]
public sealed record WorkerQuery(
    [property: Id(0)] ulong Id,
    [property: Id(1)] PacketQuestion? Explain,
    [property: Id(2)] FlowQuestion? Flows);

/// <summary>Where would this packet go?</summary>
[GenerateSerializer, Immutable]
public sealed record PacketQuestion(
    [property: Id(0)] TransportProtocol Protocol,
    [property: Id(1)] IpAddress Source,
    [property: Id(2)] ushort SourcePort,
    [property: Id(3)] IpAddress Destination,
    [property: Id(4)] ushort DestinationPort);

/// <summary>Which flows are there? An unset address matches all.</summary>
/// <param name="FloatingIp">Address that clients send to.</param>
/// <param name="Client">Address of the client.</param>
/// <param name="Vmi">Address of the back end.</param>
/// <param name="Limit">Answer so many at most.</param>
/// <param name="Silence">Set: only those that are open by <see cref="Core.Flows.FlowLife"/>. An older worker does not know it and answers all.</param>
[GenerateSerializer, Immutable]
public sealed record FlowQuestion(
    [property: Id(0)] IpAddress FloatingIp,
    [property: Id(1)] IpAddress Client,
    [property: Id(2)] IpAddress Vmi,
    [property: Id(3)] int Limit,
    [property: Id(4)] TimeSpan? Silence = null);

/// <summary>A worker's answer: exactly one of the three is set.</summary>
[GenerateSerializer, Immutable]
public sealed record WorkerAnswer(
    [property: Id(0)] ulong QueryId,
    [property: Id(1)] PacketAnswer? Explanation,
    [property: Id(2)] ImmutableArray<FlowAnswer>? Flows,
    [property: Id(3)] string? Error);

/// <summary>Where a packet would go.</summary>
/// <param name="Verdict">Name of the verdict.</param>
/// <param name="Reason">Number of the drop reason; 0 for none.</param>
/// <param name="Service">The Service whose frontend it meets; null for none.</param>
/// <param name="Vmi">Address of the chosen path; unset for none.</param>
/// <param name="TargetPort">Port of the chosen path.</param>
/// <param name="Steps">The decisions in order, in words.</param>
[GenerateSerializer, Immutable]
public sealed record PacketAnswer(
    [property: Id(0)] string Verdict,
    [property: Id(1)] ushort Reason,
    [property: Id(2)] NamespacedName? Service,
    [property: Id(3)] IpAddress Vmi,
    [property: Id(4)] ushort TargetPort,
    [property: Id(5)] ImmutableArray<string> Steps);

/// <summary>One flow.</summary>
[GenerateSerializer, Immutable]
public sealed record FlowAnswer(
    [property: Id(0)] TransportProtocol Protocol,
    [property: Id(1)] IpAddress Client,
    [property: Id(2)] ushort ClientPort,
    [property: Id(3)] IpAddress FloatingIp,
    [property: Id(4)] ushort ServicePort,
    [property: Id(5)] IpAddress Vmi,
    [property: Id(6)] ushort TargetPort,
    [property: Id(7)] IpAddress SourceSeen,
    [property: Id(8)] ushort SourcePortSeen,
    [property: Id(9)] bool Established,
    [property: Id(10)] bool Fin,
    [property: Id(11)] bool Rst,
    [property: Id(12)] TimeSpan Idle);
