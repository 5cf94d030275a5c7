using System.Collections.Immutable;
using System.Diagnostics;
using System.Security.Cryptography;
using Orleans.Cn2.Cli.Manifests;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Forwarding.Managed.Simulation;
using Orleans.Cn2.Lab;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Lab.Traffic;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Cli.Check.Simulated;

/// <summary>
/// The main job's ground without root: Services are admitted, compiled and forwarded by the product's own rules and managed engine, the packets stay in
/// this process. There is no silo, no store and no stream in it.
/// </summary>
internal sealed class SimulatedGround : ICheckGround
{
    private static readonly LabOptions Shape = new();
    private readonly CheckPlan _plan;
    private readonly ImmutableArray<SimulatedSite> _sites;
    private readonly ImmutableArray<ServiceManifest> _manifests;
    private readonly SimulatedNetwork _network;
    private readonly SimulatedPods _pods;
    private readonly SimulatedAddresses _addresses = new(Shape.ServicesV4, Shape.ServicesV6);
    private readonly List<SimulatedService> _services = [];

    public SimulatedGround(CheckPlan plan)
    {
        _plan = plan;
        _manifests = [.. plan.Manifests.HandedOver.Where(document => document.Kind == "Service").Select(ServiceDocument.Read)];
        _sites = [.. Enumerable.Range(1, plan.Nodes).Select(SiteOf)];
        _pods = new SimulatedPods(_sites, plan.Manifests.Targets);
        _network = new SimulatedNetwork(new SimulatedTopology(
            plan.Mode == "stack" ? DeliveryMode.Stack : DeliveryMode.Fast,
            [Shape.ServicesV4, Shape.ServicesV6],
            new UInt128(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)), BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8))),
            [.. _sites.Select(site => new SimulatedNode(site.Name, site.Addresses, [site.PodsV4.At(1), site.PodsV6.At(1)]))],
            [Shape.OutsideV4.At(2), Shape.OutsideV6.At(2)]));
    }

    /// <inheritdoc/>
    public ImmutableArray<Place> Places { get; private set; } = [];

    /// <inheritdoc/>
    public Task UpAsync(CancellationToken cancellation)
    {
        ManifestSet set = ClientPods.With(_plan.Manifests);
        foreach (WorkloadSpec workload in set.Workloads)
        {
            _pods.Add(workload, workload.Id.Kind == WorkloadKind.DaemonSet ? _sites.Length : workload.Replicas);
        }

        _network.SetPods(_pods.Hosts);
        Places =
        [
            .. _pods.Hosts.Where(pod => pod.Name.StartsWith(ClientPods.Name + "-", StringComparison.Ordinal)).OrderBy(pod => pod.Node, StringComparer.Ordinal)
                .Select(pod => new Place(PlaceKind.Pod, $"pod on {pod.Node}", pod.Node, pod.Name)),
            .. _sites.Select(site => new Place(PlaceKind.Node, site.Name, site.Name, site.Name)),
            new Place(PlaceKind.Outside, "outside", null, "outside"),
        ];
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ApplyServicesAsync(CancellationToken cancellation)
    {
        foreach (ServiceManifest manifest in _manifests)
        {
            Guid uid = Guid.NewGuid();
            _services.Add(new SimulatedService(_addresses.Admit(manifest, uid), uid, Stopwatch.GetTimestamp()));
        }

        Publish();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task SettleAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<ImmutableArray<CheckedService>> ServicesAsync(CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<CheckedService>>([.. _services.Select(service => service.Checked())]);

    /// <inheritdoc/>
    public Task<ServiceReach> ReachAsync(CancellationToken cancellation) => Task.FromResult(new ServiceReach(
        [
            .. from site in _sites
               from row in _network.PlaneOf(site.Name).ReadTables()
               from frontend in row.Table.Frontends
               where frontend.Paths.Any(path => path.State == PathState.Active)
               select new NodeFrontend(site.Name, frontend.Address.ToIPAddress(), frontend.Protocol, frontend.Port),
        ],
        [.. _sites.Select(site => site.Name)]));

    /// <inheritdoc/>
    public Task<TrafficReport> SendAsync(Place place, Target target, int requests, TimeSpan timeout, CancellationToken cancellation) =>
        Task.FromResult(new SimulatedRequests(_network, place, target, answered: null).Send(requests, cancellation));

    /// <inheritdoc/>
    public ICheckLoad StartLoad(Place place, Target target, Action<string> answered) => new SimulatedRequests(_network, place, target, answered).Start();

    /// <inheritdoc/>
    public Task<Scaled> ScaleAsync(WorkloadId workload, int replicas, CancellationToken cancellation)
    {
        ImmutableArray<string> now = _pods.Of(workload);
        if (replicas >= now.Length)
        {
            WorkloadSpec spec = _plan.Manifests.Workloads.Single(each => each.Id == workload);
            ImmutableArray<string> created = _pods.Add(spec, replicas - now.Length);
            _network.SetPods(_pods.Hosts);
            Publish();
            return Task.FromResult(new Scaled(created, []));
        }

        ImmutableArray<string> ended = [.. now.Skip(replicas)];
        _pods.Terminate(ended);
        Publish();

        // As a pod lives on until its connections ended, or its grace period did.
        _network.Drain();
        _pods.Remove(ended);
        Publish();
        _network.SetPods(_pods.Hosts);
        return Task.FromResult(new Scaled([], ended));
    }

    /// <inheritdoc/>
    public Task DeleteServicesAsync(CancellationToken cancellation)
    {
        Apply([], [.. _services.Select(service => service.Uid)]);
        foreach (SimulatedService service in _services)
        {
            _addresses.Release(service.Uid, service.Addresses);
        }

        _services.Clear();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<string>> LeftoversAsync(CancellationToken cancellation)
    {
        List<string> left = [];
        if (_addresses.Leased > 0)
        {
            left.Add($"{_addresses.Leased} leases");
        }

        left.AddRange(_sites.Select(site => (site.Name, Rows: _network.PlaneOf(site.Name).ReadTables().Count())).Where(node => node.Rows > 0)
            .Select(node => $"{node.Rows} services in the tables of {node.Name}"));
        return Task.FromResult<ImmutableArray<string>>([.. left]);
    }

    /// <inheritdoc/>
    public ImmutableArray<string> Keep() => ["", "--keep has nothing to keep: the simulated network ends with this process"];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _network.DisposeAsync();

    private void Publish()
    {
        foreach (SimulatedService service in _services)
        {
            service.Build(_pods.Vmis.Where(vmi => vmi.Name.Namespace == service.Admitted.Name.Namespace));
        }

        Apply([.. _services.Select(service => service.Entry!)], []);
    }

    private void Apply(ImmutableArray<ServiceEntry> entries, ImmutableArray<Guid> deletes)
    {
        foreach (SimulatedSite site in _sites)
        {
            NodeView view = new(site.Name, null);
            TableChange change = new(0, false, [.. entries.Select(entry => TableCompiler.Compile(entry, view))], deletes);
            if (_network.PlaneOf(site.Name).Apply(change) is [{ } rejected, ..])
            {
                throw new CheckFailure($"{site.Name} can't forward {rejected.Service}: {rejected.Cause}");
            }
        }
    }

    private static SimulatedSite SiteOf(int number) => new(
        $"node{number}",
        [Shape.UnderlayV4.At((UInt128)number + 1), Shape.UnderlayV6.At((UInt128)number + 1)],
        new IpPrefix(Shape.PodsV4.At((UInt128)number << 8), 24),
        new IpPrefix(Shape.PodsV6.At((UInt128)number << 64), 64));
}
