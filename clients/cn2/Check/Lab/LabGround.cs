using System.Collections.Immutable;
using System.Net;
using Orleans.Cn2.Cli.Cli;
using Orleans.Cn2.Cli.LabGlue;
using Orleans.Cn2.Cli.Manifests;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Lab;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Lab.Requirements;
using Orleans.Cn2.Lab.Traffic;
using Orleans.Cn2.Lab.Workloads;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Check.Lab;

/// <summary>The main job's ground of real packets: a lab with its silo, a worker on each node, and real back ends.</summary>
internal sealed class LabGround(CheckPlan plan, StepLog steps) : ICheckGround
{
    private const int LoadConcurrency = 2;
    private static readonly TimeSpan LoadPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LoadTimeout = TimeSpan.FromSeconds(5);
    private readonly List<Fence> _fences = [];
    private readonly HashSet<string> _deleted = [];
    private LabSession? _lab;
    private bool _kept;
    private Target? _example;

    /// <inheritdoc/>
    public ImmutableArray<Place> Places { get; private set; } = [];

    private LabSession Lab => _lab ?? throw new InvalidOperationException("the lab is not up");

    private IEnumerable<ManifestDocument> ServiceDocuments => plan.Manifests.HandedOver.Where(document => document.Kind == "Service");

    /// <inheritdoc/>
    public async Task UpAsync(CancellationToken cancellation)
    {
        if (LabRequirements.Missing(nginx: false) is { IsEmpty: false } missing)
        {
            throw new CommandException(ExitCodes.CannotRun, string.Join("; ", missing));
        }

        LabOptions options = new() { Name = plan.Lab, Nodes = plan.Nodes, Silos = plan.Silos, EchoPath = Binaries.Find(Binaries.Echo) };
        _lab = await LabSession.CreateAsync(options, new LabEngine(plan.Engine, plan.Mode), steps.Output, cancellation).ConfigureAwait(false);
        await Lab.ApplyAsync(ClientPods.With(plan.Manifests), cancellation).ConfigureAwait(false);
        await Lab.SettleAsync(cancellation).ConfigureAwait(false);
        Places =
        [
            .. Lab.Cluster.Pods().Where(pod => pod.Workload.Name == ClientPods.Name).OrderBy(pod => pod.Node, StringComparer.Ordinal)
                .Select(pod => new Place(PlaceKind.Pod, $"pod on {pod.Node}", pod.Node, pod.NetworkNamespace)),
            .. Lab.Cluster.Nodes.Select(node => new Place(PlaceKind.Node, node.Name, node.Name, node.NetworkNamespace)),
            new Place(PlaceKind.Outside, "outside", null, Lab.Cluster.Outside.NetworkNamespace),
        ];
    }

    /// <inheritdoc/>
    public async Task ApplyServicesAsync(CancellationToken cancellation)
    {
        Applier applier = new(Lab.Client, TextWriter.Null);
        if (!await applier.ApplyAsync(ServiceDocuments, atomic: false, dryRun: false, cancellation).ConfigureAwait(false))
        {
            throw new CheckFailure(string.Join("; ", applier.Failures.SelectMany(ErrorReport.Lines)));
        }

        _fences.AddRange(applier.Fences);
    }

    /// <inheritdoc/>
    public async Task SettleAsync(CancellationToken cancellation)
    {
        await Lab.SettleAsync(_fences, cancellation).ConfigureAwait(false);
        _fences.Clear();
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<CheckedService>> ServicesAsync(CancellationToken cancellation)
    {
        ImmutableArray<CheckedService>.Builder services = ImmutableArray.CreateBuilder<CheckedService>();
        foreach (ManifestDocument document in ServiceDocuments)
        {
            Service service = await GetAsync(document, cancellation).ConfigureAwait(false);
            services.Add(new CheckedService(
                new NamespacedName(document.Namespace, document.Name), service.Spec, service.Status.ReadyEndpoints, [.. service.Status.FloatingIps]));
        }

        _example = services.Where(service => service.SkipReason is null).SelectMany(service => service.Targets)
            .OrderBy(target => target.Protocol == TransportProtocol.Tcp ? 0 : 1).FirstOrDefault();
        return services.ToImmutable();
    }

    /// <inheritdoc/>
    public async Task<ServiceReach> ReachAsync(CancellationToken cancellation)
    {
        ImmutableHashSet<NodeFrontend>.Builder frontends = ImmutableHashSet.CreateBuilder<NodeFrontend>();
        foreach (LabNode node in Lab.Cluster.Nodes)
        {
            TablesResponse tables = await Lab.Client.Diagnostics.TablesAsync(new TablesRequest { Node = node.Name }, cancellationToken: cancellation);
            frontends.UnionWith(tables.Services.SelectMany(table => table.Frontends)
                .Where(frontend => frontend.Paths.Any(path => path.State == PathState.Active))
                .Select(frontend => new NodeFrontend(
                    node.Name, new IPAddress(frontend.Address.Span), (TransportProtocol)frontend.Protocol, (ushort)frontend.Port)));
        }

        return new ServiceReach(frontends.ToImmutable(), [.. Lab.Cluster.Nodes.Select(node => node.Name)]);
    }

    /// <inheritdoc/>
    public Task<TrafficReport> SendAsync(Place place, Target target, int requests, TimeSpan timeout, CancellationToken cancellation)
    {
        TrafficPlan traffic = Traffic(place, target) with { Requests = requests, Timeout = timeout };
        return target.Protocol == TransportProtocol.Udp ? Load.UdpAsync(traffic, cancellation) : Load.HttpAsync(traffic, cancellation);
    }

    /// <inheritdoc/>
    public ICheckLoad StartLoad(Place place, Target target, Action<string> answered)
    {
        TrafficPlan traffic = Traffic(place, target) with { Concurrency = LoadConcurrency, Pause = LoadPause, Timeout = LoadTimeout, Answered = answered };
        return new LabLoad(target.Protocol == TransportProtocol.Udp ? Load.StartUdp(traffic) : Load.StartHttp(traffic));
    }

    /// <inheritdoc/>
    public async Task<Scaled> ScaleAsync(WorkloadId workload, int replicas, CancellationToken cancellation)
    {
        LabChange change = await Lab.ScaleAsync(workload, replicas, cancellation).ConfigureAwait(false);
        return new Scaled([.. change.Created.Select(pod => pod.Name)], [.. change.Surplus.Select(pod => pod.Name)]);
    }

    /// <inheritdoc/>
    public async Task DeleteServicesAsync(CancellationToken cancellation)
    {
        foreach (ManifestDocument document in ServiceDocuments)
        {
            Service service = await GetAsync(document, cancellation).ConfigureAwait(false);
            _deleted.Add(service.Metadata.Uid);
            DeleteServiceRequest request = new() { Namespace = document.Namespace, Name = document.Name, Uid = service.Metadata.Uid };
            _fences.Add((await Lab.Client.Services.DeleteAsync(request, cancellationToken: cancellation)).Fence);
        }

        await SettleAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<string>> LeftoversAsync(CancellationToken cancellation)
    {
        List<string> left = [];
        ListSubnetsResponse subnets = await Lab.Client.Subnets.ListAsync(new ListSubnetsRequest(), cancellationToken: cancellation);
        foreach (Subnet subnet in subnets.Subnets)
        {
            ListLeasesRequest request = new() { Name = subnet.Metadata.Name };
            do
            {
                ListLeasesResponse page = await Lab.Client.Subnets.ListLeasesAsync(request, cancellationToken: cancellation);
                left.AddRange(page.Leases.Where(lease => lease.Quarantine.Length == 0 && _deleted.Contains(lease.OwnerUid))
                    .Select(lease => $"lease {lease.Address} of {lease.Owner}"));
                request.PageToken = page.NextPageToken;
            }
            while (request.PageToken.Length > 0);
        }

        foreach (LabNode node in Lab.Cluster.Nodes)
        {
            TablesResponse tables = await Lab.Client.Diagnostics.TablesAsync(new TablesRequest { Node = node.Name }, cancellationToken: cancellation);
            left.AddRange(tables.Services.Where(table => _deleted.Contains(table.Uid)).Select(table => $"table rows of {table.Namespace}/{table.Name} on {node.Name}"));
        }

        return [.. left];
    }

    /// <inheritdoc/>
    public ImmutableArray<string> Keep()
    {
        _kept = true;
        return ["", "The lab is left running. Try:", .. NextSteps.Of(Lab.Cluster, _example)];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _lab?.Dispose();
        if (!_kept && _lab is not null)
        {
            await LabSession.DestroyAsync(plan.Lab, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static TrafficPlan Traffic(Place place, Target target) => new()
    {
        NetworkNamespace = place.Key,
        Destination = new IPEndPoint(target.Address, target.Port),
    };

    private async Task<Service> GetAsync(ManifestDocument document, CancellationToken cancellation) => await Lab.Client.Services.GetAsync(
        new GetServiceRequest { Namespace = document.Namespace, Name = document.Name }, cancellationToken: cancellation);
}
