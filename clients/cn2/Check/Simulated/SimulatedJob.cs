using System.Collections.Immutable;
using Orleans.Cn2.Cli.Manifests;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Core.Vmis;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Forwarding.Managed.Simulation;
using Orleans.Cn2.Lab.Manifests;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Cli.Check.Simulated;

/// <summary>
/// The main job with packets in memory: real frames pass through the managed engine of every node. Nodes learn of a change one after another, with requests
/// in between, as they do in a cluster.
/// </summary>
internal sealed class SimulatedJob(ManifestSet set, int nodes, CheckReport report, TextWriter output)
{
    private const int RequestsPerPath = 400;
    private const int LeastRequestsPerPort = 20;
    private const int RequestsWhileScaling = 20;
    private static readonly ImmutableArray<IpPrefix> ServiceCidrs = [IpPrefix.Parse("10.96.0.0/16"), IpPrefix.Parse("fd00:96::/108")];
    private readonly SimulatedControlPlane _control = new(ServiceCidrs, new Random(1));
    private readonly List<SimulatedPod> _pods = [];
    private readonly Dictionary<string, HashSet<int>> _programmed = [];

    /// <summary>Runs the job; what does not hold is in the report.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        SimulatedTopology topology = Topology();
        await using SimulatedNetwork network = new(topology);
        output.WriteLine($"{nodes} nodes and an outside client, packets in memory");
        foreach (WorkloadSpec workload in set.Workloads)
        {
            Start(workload, workload.Id.Kind == WorkloadKind.DaemonSet ? nodes : workload.Replicas);
        }

        for (int node = 1; node <= nodes; node++)
        {
            AddPod($"client-{node}", node, [], LabelSet.Empty, "default", []);
        }

        AdmittedService[] services = [.. set.HandedOver.Where(document => document.Kind == "Service").Select(document => _control.Create(Manifest(document)))];
        Program(network, null, cancellation);
        foreach (AdmittedService service in services.Where(service => service.Spec.ClusterIPs.Count > 0))
        {
            output.WriteLine($"service {service.Name}: {string.Join(", ", service.Spec.ClusterIPs)}");
        }

        int ports = Math.Max(1, _control.Entries.Sum(entry => entry.Ports.Count));
        Send(network, "steady", Math.Max(LeastRequestsPerPort, RequestsPerPath / ports), cancellation);
        if (set.Workloads.FirstOrDefault(workload => workload.Id.Kind == WorkloadKind.Deployment) is { } deployment)
        {
            Scale(network, deployment, deployment.Replicas + 2, cancellation);
            Scale(network, deployment, Math.Max(2, deployment.Replicas / 2), cancellation);
        }

        Delete(network, services, cancellation);
    }

    private SimulatedTopology Topology() => new(
        DeliveryMode.Fast,
        ServiceCidrs,
        (UInt128)Random.Shared.NextInt64() << 64 | (UInt128)Random.Shared.NextInt64(),
        [.. Enumerable.Range(1, nodes).Select(node => new SimulatedNode(
            $"node{node}",
            [IpAddress.Parse($"172.18.0.{node + 1}"), IpAddress.Parse($"fd00:18::{node + 1:x}")],
            [IpAddress.Parse($"10.244.{node}.1"), IpAddress.Parse($"fd00:244:0:{node:x}::1")]))],
        [IpAddress.Parse("192.0.2.10"), IpAddress.Parse("2001:db8:2::a")]);

    private void Start(WorkloadSpec workload, int replicas)
    {
        int have = Replicas(workload).Count();
        for (int i = have; i < replicas; i++)
        {
            ImmutableArray<Core.Vmis.NamedPort> ports =
                [.. workload.Template.Containers.SelectMany(container => container.Ports).Select(port => new Core.Vmis.NamedPort(port.Name ?? "", port.Protocol, port.Port))];
            AddPod($"{workload.Id.Name}-{i}", 1 + (i % nodes), ports, new LabelSet(workload.Template.Labels), workload.Id.Namespace, Listening(ports, workload));
        }
    }

    // A container may listen on a port that it does not declare: what a Service of its labels targets by number is listened on.
    private ImmutableArray<SimulatedPort> Listening(ImmutableArray<Core.Vmis.NamedPort> declared, WorkloadSpec workload) =>
    [
        .. declared.Select(port => new SimulatedPort(port.Protocol, port.Number)).Concat(
            set.HandedOver.Where(document => document.Kind == "Service" && document.Namespace == workload.Id.Namespace)
                .SelectMany(document => Manifest(document).Spec.Ports ?? [])
                .Where(port => port.TargetPort is null or { IsText: false })
                .Select(port => new SimulatedPort(
                    Enum.TryParse(port.Protocol, ignoreCase: true, out TransportProtocol protocol) ? protocol : TransportProtocol.Tcp,
                    (ushort)(port.TargetPort is { IsUnset: false } target ? target.Number : port.Port)))).Distinct(),
    ];

    private void AddPod(
        string name, int node, ImmutableArray<Core.Vmis.NamedPort> ports, LabelSet labels, string ns, ImmutableArray<SimulatedPort> listening)
    {
        int host = 2 + _pods.Count(pod => pod.Node == $"node{node}");
        ImmutableArray<IpAddress> addresses = [IpAddress.Parse($"10.244.{node}.{host}"), IpAddress.Parse($"fd00:244:0:{node:x}::{host:x}")];
        _pods.Add(new SimulatedPod(name, $"node{node}", addresses, listening));
        _control.SetVmis([.. _control.Vmis, new Vmi
        {
            Name = new NamespacedName(ns, name),
            Uid = Guid.NewGuid(),
            Labels = labels,
            Node = $"node{node}",
            Addresses = addresses.ToValueList(),
            Ports = ports.ToValueList(),
        }]);
    }

    private IEnumerable<Vmi> Replicas(WorkloadSpec workload) =>
        _control.Vmis.Where(vmi => vmi.Name.Namespace == workload.Id.Namespace && vmi.Name.Name.StartsWith(workload.Id.Name + "-", StringComparison.Ordinal));

    private static ServiceManifest Manifest(ManifestDocument document)
    {
        Protocol.V1.Service service = ServiceDocument.Read(document);
        return new ServiceManifest
        {
            Name = new NamespacedName(document.Namespace, document.Name),
            Labels = new LabelSet(service.Metadata.Labels),
            Annotations = new LabelSet(service.Metadata.Annotations),
            Spec = SpecOf(service.Spec),
        };
    }

    private static ServiceSpec SpecOf(Protocol.V1.ServiceSpec spec) => new()
    {
        Type = Text(spec.Type),
        ClusterIP = Text(spec.ClusterIp),
        ClusterIPs = spec.ClusterIps.Count == 0 ? null : spec.ClusterIps.ToValueList(),
        IpFamilyPolicy = Text(spec.IpFamilyPolicy),
        IpFamilies = spec.IpFamilies.Count == 0 ? null : spec.IpFamilies.ToValueList(),
        Selector = spec.Selector.Count == 0 ? null : new LabelSet(spec.Selector),
        SessionAffinity = Text(spec.SessionAffinity),
        InternalTrafficPolicy = Text(spec.InternalTrafficPolicy),
        ExternalName = Text(spec.ExternalName),
        Ports = spec.Ports.Count == 0 ? null : spec.Ports.Select(port => new ServicePortSpec
        {
            Name = Text(port.Name),
            Protocol = Text(port.Protocol),
            Port = port.Port,
            TargetPort = port.TargetPort.Length == 0 ? null : int.TryParse(port.TargetPort, out int number) ? IntOrString.Of(number) : IntOrString.Of(port.TargetPort),
        }).ToValueList(),
    };

    private static string? Text(string text) => text.Length == 0 ? null : text;

    /// <summary>Brings every node's plane to the tables as they are now, one node after another.</summary>
    private void Program(SimulatedNetwork network, string? betweenNodes, CancellationToken cancellation)
    {
        network.SetPods([.. _pods]);
        for (int node = 1; node <= nodes; node++)
        {
            string name = $"node{node}";
            HashSet<int> shards = [.. _control.Entries.Select(entry => ShardMap.ShardOf(entry.Name))];
            foreach (int shard in shards.Union(_programmed.GetValueOrDefault(name) ?? []))
            {
                ImmutableArray<ServiceTable> tables = [.. _control.Entries.Where(entry => ShardMap.ShardOf(entry.Name) == shard)
                    .Select(entry => TableCompiler.Compile(entry, new NodeView(name, null)))];
                foreach (Rejection rejection in network.PlaneOf(name).Apply(new TableChange(shard, Complete: true, tables, [])))
                {
                    report.Require(false, $"{name} could not program {rejection.Service}: {rejection.Cause}");
                }
            }

            _programmed[name] = shards;
            if (betweenNodes is not null)
            {
                Send(network, betweenNodes, RequestsWhileScaling, cancellation);
            }
        }
    }

    private void Scale(SimulatedNetwork network, WorkloadSpec workload, int replicas, CancellationToken cancellation)
    {
        Vmi[] have = [.. Replicas(workload)];
        string step = $"{have.Length}->{replicas}";
        output.WriteLine($"scale {workload.Id}: {step}");
        Start(workload, replicas);
        HashSet<Guid> surplus = [.. have.Skip(replicas).Select(vmi => vmi.Uid)];
        _control.SetVmis([.. _control.Vmis.Select(vmi => surplus.Contains(vmi.Uid) ? vmi with { Conditions = new VmiConditions(false, true, true) } : vmi)]);
        Program(network, step, cancellation);
        _pods.RemoveAll(pod => have.Skip(replicas).Any(vmi => vmi.Name.Name == pod.Name));
        _control.SetVmis([.. _control.Vmis.Where(vmi => !surplus.Contains(vmi.Uid))]);
        Program(network, step, cancellation);
    }

    private void Delete(SimulatedNetwork network, AdmittedService[] services, CancellationToken cancellation)
    {
        foreach (AdmittedService service in services)
        {
            _control.Delete(service.Name);
        }

        Program(network, null, cancellation);
        report.Require(_control.Leased == 0, $"{_control.Leased} addresses are still leased after the Services were deleted");
        foreach (IpAddress address in services.SelectMany(service => service.Spec.ClusterIPs))
        {
            SimulatedAnswer answer = network.Send(SimulatedClient.Pod("client-1"), TransportProtocol.Tcp, address, 80);
            report.Require(answer.Pod is null, $"{address} still answers after its Service was deleted");
        }
    }

    private void Send(SimulatedNetwork network, string step, int requests, CancellationToken cancellation)
    {
        SimulatedClient[] places =
        [
            .. Enumerable.Range(1, nodes).Select(node => SimulatedClient.Pod($"client-{node}")),
            .. Enumerable.Range(1, nodes).Select(node => SimulatedClient.Node($"node{node}")),
            SimulatedClient.Outside,
        ];
        foreach (ServiceEntry entry in _control.Entries.Where(entry => entry.Endpoints.Any(endpoint => endpoint.Ready)))
        {
            foreach ((IpAddress address, EntryPort port) in entry.FloatingIps.SelectMany(address => entry.Ports.Select(port => (address, port))))
            {
                foreach (SimulatedClient place in places)
                {
                    cancellation.ThrowIfCancellationRequested();
                    report.Add(Send(network, step, place, address, port, requests));
                }
            }
        }
    }

    private static PathResult Send(SimulatedNetwork network, string step, SimulatedClient place, IpAddress address, EntryPort port, int requests)
    {
        Dictionary<string, int> backEnds = [];
        string? failure = null;
        int failed = 0;
        for (int i = 0; i < requests; i++)
        {
            SimulatedAnswer answer = network.Send(place, port.Protocol, address, port.Port);
            if (answer.Pod is { } pod)
            {
                backEnds[pod] = backEnds.GetValueOrDefault(pod) + 1;
            }
            else
            {
                failed++;
                failure ??= answer.Failure;
            }
        }

        string to = address.Family == IpFamily.IPv6 ? $"[{address}]:{port.Port}/{port.Protocol}" : $"{address}:{port.Port}/{port.Protocol}";
        return new PathResult(step, place.Name, to, requests, failed, backEnds, failure);
    }
}
