using System.Collections.Immutable;

namespace Orleans.Cn2.Contracts.VRouters;

/// <summary>A vRouter as the control plane sees it.</summary>
/// <param name="Attached">True while its worker's session stands.</param>
/// <param name="Hello">How the worker introduced itself last; null before it ever did since the grain started.</param>
/// <param name="InSync">True when it acknowledged what is compiled for it now, digests included.</param>
/// <param name="Services">Services compiled for it.</param>
/// <param name="Paths">ECMP paths compiled for it.</param>
/// <param name="Stats">Its last counters; null before the first.</param>
/// <param name="Rejections">What it could not program, until it can.</param>
/// <param name="LastHeard">When it last said something; null if never.</param>
[GenerateSerializer, Immutable]
public sealed record VRouterStatus(
    [property: Id(0)] bool Attached,
    [property: Id(1)] WorkerHello? Hello,
    [property: Id(2)] bool InSync,
    [property: Id(3)] int Services,
    [property: Id(4)] int Paths,
    [property: Id(5)] WorkerStats? Stats,
    [property: Id(6)] ImmutableArray<WorkerNack> Rejections,
    [property: Id(7)] DateTimeOffset? LastHeard);
