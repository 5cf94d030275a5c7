using System.Globalization;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Output;

/// <summary>The columns of every kind of object, in one place.</summary>
internal static class Tables
{
    public static IReadOnlyList<Column<Service>> Services { get; } =
    [
        new("NAMESPACE", service => service.Metadata.Namespace),
        new("NAME", service => service.Metadata.Name),
        new("TYPE", service => service.Spec.Type),
        new("CLUSTER-IPS", service => string.Join(',', service.Spec.ClusterIps)),
        new("PORTS", service => string.Join(',', service.Spec.Ports.Select(port => $"{port.Port}/{port.Protocol}"))),
        new("READY", service => $"{service.Status.ReadyEndpoints}/{service.Status.TotalEndpoints}"),
        new("AGE", service => Age.Since(service.Metadata.CreationTimestamp?.ToDateTimeOffset())),
        new("POLICY", service => service.Spec.IpFamilyPolicy, WideOnly: true),
        new("SELECTOR", service => string.Join(',', service.Spec.Selector.Select(label => $"{label.Key}={label.Value}")), WideOnly: true),
        new("GENERATION", service => Number(service.Status.Generation), WideOnly: true),
    ];

    public static IReadOnlyList<Column<FloatingIp>> FloatingIps { get; } =
    [
        new("NAME", fip => fip.Name),
        new("IPADDRESS", fip => fip.Address),
        new("INTERFACES", fip => Some(fip.Interfaces)),
        new("PORTMAPPING", fip => string.Join(',', fip.PortMappings)),
        new("STATE", fip => fip.State),
        new("AGE", fip => Age.Of(fip.AgeSeconds)),
        new("SUBNET", fip => fip.Subnet, WideOnly: true),
        new("SERVICE", fip => fip.Service, WideOnly: true),
    ];

    public static IReadOnlyList<Column<Subnet>> Subnets { get; } =
    [
        new("NAME", subnet => subnet.Metadata.Name),
        new("PURPOSE", subnet => subnet.Purpose),
        new("CIDRS", subnet => string.Join(',', subnet.Cidrs)),
        new("ALLOCATED", subnet => string.Join(',', subnet.Usage.Select(usage => Number(usage.Allocated)))),
        new("QUARANTINED", subnet => string.Join(',', subnet.Usage.Select(usage => Number(usage.Quarantined)))),
        new("CAPACITY", subnet => string.Join(',', subnet.Usage.Select(usage => Number(usage.Capacity))), WideOnly: true),
    ];

    public static IReadOnlyList<Column<Vmi>> Vmis { get; } =
    [
        new("NAMESPACE", vmi => vmi.Metadata.Namespace),
        new("NAME", vmi => vmi.Metadata.Name),
        new("NODE", vmi => vmi.Node),
        new("ADDRESSES", vmi => string.Join(',', vmi.Addresses)),
        new("STATE", vmi => vmi.Terminating ? "Terminating" : !vmi.Ready ? "NotReady" : vmi.Draining.Length > 0 ? "Draining" : "Ready"),
        new("WEIGHT", vmi => Number(vmi.Weight), WideOnly: true),
        new("LABELS", vmi => string.Join(',', vmi.Metadata.Labels.Select(label => $"{label.Key}={label.Value}")), WideOnly: true),
        new("UID", vmi => vmi.Metadata.Uid, WideOnly: true),
    ];

    public static IReadOnlyList<Column<Node>> Nodes { get; } =
    [
        new("NAME", node => node.Metadata.Name),
        new("ADDRESSES", node => string.Join(',', node.Addresses)),
        new("PODCIDRS", node => string.Join(',', node.PodCidrs)),
        new("ZONE", node => node.Zone),
        new("STATUS", node => node.Draining ? "Draining" : node.HeldBack ? "HeldBack" : "Serving"),
        new("VROUTER", node => node.Vrouter?.State ?? ""),
        new("VMIS", node => Number((ulong)(node.Vrouter?.Vmis ?? 0))),
    ];

    public static IReadOnlyList<Column<Node>> VRouters { get; } =
    [
        new("NODE", node => node.Metadata.Name),
        new("STATE", node => node.Vrouter.State),
        new("INSYNC", node => node.Vrouter.InSync ? "yes" : "no"),
        new("ENGINE", node => node.Vrouter.Engine),
        new("MODE", node => node.Vrouter.Mode),
        new("SERVICES", node => Number((ulong)node.Vrouter.Services)),
        new("PATHS", node => Number((ulong)node.Vrouter.Paths)),
        new("FLOWS", node => Number((ulong)node.Vrouter.Flows)),
        new("FAULTS", node => Some([.. node.Vrouter.Health.Where(part => part.Faulty).Select(part => part.Part)])),
        new("SEEN", node => Age.Since(node.Vrouter.LastSeen?.ToDateTimeOffset())),
        new("REPAIRS", node => Number(node.Vrouter.Health.Aggregate(0UL, (sum, part) => sum + part.Repairs)), WideOnly: true),
        new("BOOT", node => Number(node.Vrouter.Boot), WideOnly: true),
        new("VERSION", node => node.Vrouter.Version, WideOnly: true),
        new("REASONS", node => string.Join("; ", node.Vrouter.ModeReasons), WideOnly: true),
        new("REJECTIONS", node => string.Join("; ", node.Vrouter.Rejections), WideOnly: true),
    ];

    public static IReadOnlyList<Column<Flow>> Flows { get; } =
    [
        new("PROTO", flow => flow.Protocol),
        new("CLIENT", flow => EndPoint(flow.Client, flow.ClientPort)),
        new("FLOATINGIP", flow => EndPoint(flow.FloatingIp, flow.ServicePort)),
        new("VMI", flow => EndPoint(flow.Vmi, flow.TargetPort)),
        new("STATE", flow => flow.Rst ? "reset" : flow.Fin ? "closing" : flow.Established ? "established" : "new"),
        new("IDLE", flow => $"{flow.IdleSeconds.ToString("0.0", CultureInfo.InvariantCulture)}s"),
        new("SEEN-AS", flow => EndPoint(flow.SourceSeen, flow.SourcePortSeen), WideOnly: true),
    ];

    public static IReadOnlyList<Column<ReasonCount>> Drops { get; } =
    [
        new("NODE", count => count.Node),
        new("REASON", count => ReasonName.Of(count.Reason)),
        new("ANSWER", count => count.Reject ? "reject" : "drop"),
        new("PACKETS", count => Number(count.Packets)),
        new("BYTES", count => Number(count.Bytes)),
    ];

    private static string Number(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    private static string EndPoint(string address, uint port) => address.Contains(':') ? $"[{address}]:{port}" : $"{address}:{port}";

    private static string Some(Google.Protobuf.Collections.RepeatedField<string> names) =>
        names.Count <= 4 ? string.Join(',', names) : $"{string.Join(',', names.Take(3))},+{names.Count - 3}";
}
