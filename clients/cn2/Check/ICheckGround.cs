using System.Collections.Immutable;
using Orleans.Cn2.Cli.LabGlue;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Lab.Traffic;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Cli.Check;

/// <summary>What the main job runs on: the lab with real packets, or a simulated network. Disposing takes everything down.</summary>
internal interface ICheckGround : IAsyncDisposable
{
    /// <summary>Where requests can come from, once <see cref="UpAsync"/> is done.</summary>
    ImmutableArray<Place> Places { get; }

    /// <summary>Brings up nodes, data path, workloads of the manifests and a client pod on each node.</summary>
    Task UpAsync(CancellationToken cancellation);

    /// <summary>Creates the Services of the manifests; does not wait for their programming.</summary>
    Task ApplyServicesAsync(CancellationToken cancellation);

    /// <summary>Waits until every node forwards what was changed so far.</summary>
    Task SettleAsync(CancellationToken cancellation);

    /// <summary>The Services of the manifests as they stand.</summary>
    Task<ImmutableArray<CheckedService>> ServicesAsync(CancellationToken cancellation);

    /// <summary>From where the Services of the manifests are to be answered, as they stand.</summary>
    Task<ServiceReach> ReachAsync(CancellationToken cancellation);

    /// <summary>Sends requests and reports.</summary>
    Task<TrafficReport> SendAsync(Place place, Target target, int requests, TimeSpan timeout, CancellationToken cancellation);

    /// <summary>Sends requests until stopped; each answer is told with the name of its back end.</summary>
    ICheckLoad StartLoad(Place place, Target target, Action<string> answered);

    /// <summary>Changes the number of pods and ends surplus ones as a rolling node would: drained first.</summary>
    Task<Scaled> ScaleAsync(WorkloadId workload, int replicas, CancellationToken cancellation);

    /// <summary>Deletes the Services of the manifests and waits until no node forwards them.</summary>
    Task DeleteServicesAsync(CancellationToken cancellation);

    /// <summary>What is still held of the deleted Services (leases, table rows), in words; empty when nothing is.</summary>
    Task<ImmutableArray<string>> LeftoversAsync(CancellationToken cancellation);

    /// <summary>Leaves everything running when disposed, and says what to try next.</summary>
    ImmutableArray<string> Keep();
}

/// <summary>A load under way.</summary>
internal interface ICheckLoad
{
    /// <summary>Begins no further request, awaits those under way and reports.</summary>
    Task<TrafficReport> StopAsync();
}

/// <summary>Names of the pods that scaling made and ended.</summary>
internal sealed record Scaled(ImmutableArray<string> Created, ImmutableArray<string> Ended);

/// <summary>What is checked.</summary>
/// <param name="Manifests">The manifests.</param>
/// <param name="Nodes">Number of nodes.</param>
/// <param name="Mode">Delivery mode: auto, fast or stack.</param>
/// <param name="Lab">Name of the lab that is made for it.</param>
/// <param name="Silos">Number of silos.</param>
/// <param name="Engine">Engine of its workers: ebpf or managed.</param>
internal sealed record CheckPlan(
    ManifestSet Manifests, int Nodes, string Mode, string Lab = LabSession.DefaultName, int Silos = 1, string Engine = "ebpf");
