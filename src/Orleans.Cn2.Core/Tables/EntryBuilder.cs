using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Endpoints;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Core.Tables;

/// <summary>Compiles a Service and its VMIs to what all nodes share.</summary>
public static class EntryBuilder
{
    private const string ServiceProxyName = "service.kubernetes.io/service-proxy-name";
    private const string Headless = "service.kubernetes.io/headless";
    private const int DefaultAffinitySeconds = 10_800;

    /// <summary>
    /// The entry of a Service. Its order of VMIs and ports never matters. A Service that is headless, an ExternalName, without an address, or labelled for
    /// another proxy or as headless compiles to an entry that is not forwarded, without ports and endpoints; removing the label brings it back.
    /// </summary>
    /// <param name="service">The admitted Service.</param>
    /// <param name="uid">Its uid.</param>
    /// <param name="generation">The generation to publish it under.</param>
    /// <param name="vmis">The VMIs of its namespace (at least those that match or matched).</param>
    /// <param name="previous">Its entry before: VMIs selected then drain if they match no more. <see langword="null"/>: there was none.</param>
    public static ServiceEntry Build(AdmittedService service, Guid uid, ulong generation, IEnumerable<Vmi> vmis, ServiceEntry? previous) =>
        BuildAfter(
            service, uid, generation, vmis, previous?.Uid == uid ? previous.Endpoints.Select(endpoint => endpoint.VmiId).ToHashSet() : []);

    /// <summary>The same for one who knows only which VMIs (ids) were endpoints before, not the whole entry.</summary>
    public static ServiceEntry BuildAfter(
        AdmittedService service, Guid uid, ulong generation, IEnumerable<Vmi> vmis, IReadOnlySet<ulong> former)
    {
        ArgumentNullException.ThrowIfNull(service);
        AdmittedSpec spec = service.Spec;
        ServiceEntry entry = new() { Uid = uid, Name = service.Name, Generation = generation };
        if (!IsForwarded(service))
        {
            return entry;
        }

        AdmittedSpec sorted = spec with
        {
            Ports = spec.Ports.OrderBy(port => port.Protocol).ThenBy(port => port.Port).ToValueList(),
        };
        return entry with
        {
            FloatingIps = spec.ClusterIPs,
            Ports = sorted.Ports.Select(port => new EntryPort(port.Name, port.Protocol, port.Port)).ToValueList(),
            AffinitySeconds = spec.SessionAffinity == SessionAffinity.ClientIP ? (uint)(spec.AffinityTimeoutSeconds ?? DefaultAffinitySeconds) : 0,
            InternalTrafficPolicy = spec.InternalTrafficPolicy ?? TrafficPolicy.Cluster,
            TrafficDistribution = TopologyHints.Effective(spec.TrafficDistribution, service.Annotations),
            Endpoints = EndpointSelection.Select(service with { Spec = sorted }, vmis, former),
        };
    }

    /// <summary>True when nodes forward to the Service, so that its entry has ports and endpoints.</summary>
    public static bool IsForwarded(AdmittedService service)
    {
        ArgumentNullException.ThrowIfNull(service);
        return service.Spec is { Type: not ServiceType.ExternalName, Headless: false, ClusterIPs.Count: > 0 }
            && !service.Labels.ContainsKey(ServiceProxyName)
            && !service.Labels.ContainsKey(Headless);
    }
}
