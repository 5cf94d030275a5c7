using System.Diagnostics;
using System.Globalization;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Core.Vmis;
using V1 = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cli.Check.Simulated;

/// <summary>An admitted Service with what was last published of it.</summary>
internal sealed class SimulatedService(AdmittedService admitted, Guid uid, long createdAt)
{
    /// <summary>The Service.</summary>
    public AdmittedService Admitted => admitted;

    /// <summary>Its uid.</summary>
    public Guid Uid => uid;

    /// <summary>What all nodes share; null before it is built.</summary>
    public ServiceEntry? Entry { get; private set; }

    /// <summary>Builds the next generation from the VMIs.</summary>
    public ServiceEntry Build(IEnumerable<Vmi> vmis) =>
        Entry = EntryBuilder.Build(admitted, uid, (Entry?.Generation ?? 0) + 1, vmis, Entry);

    /// <summary>Addresses of its FloatingIPs.</summary>
    public IEnumerable<IpAddress> Addresses => admitted.Spec.ClusterIPs;

    /// <summary>The Service as the check sees it.</summary>
    public CheckedService Checked()
    {
        V1.ServiceSpec spec = new();
        spec.Ports.AddRange(admitted.Spec.Ports.Select(port => new V1.ServicePort { Port = port.Port, Protocol = port.Protocol.ToString().ToUpperInvariant() }));
        spec.Selector.Add((admitted.Spec.Selector ?? LabelSet.Empty).ToDictionary(label => label.Key, label => label.Value));
        return new CheckedService(
            admitted.Name,
            spec,
            Entry?.Endpoints.Count(endpoint => endpoint.Ready) ?? 0,
            [.. Addresses.Select(address => FloatingIp(address, spec))]);
    }

    private V1.FloatingIp FloatingIp(IpAddress address, V1.ServiceSpec spec)
    {
        V1.FloatingIp fip = new()
        {
            Name = $"{admitted.Name.Namespace}-{admitted.Name.Name}-{(address.Family == IpFamily.IPv4 ? "v4" : "v6")}",
            Address = address.ToString(),
            State = Entry is not null && Entry.Endpoints.Any(endpoint => endpoint.Ready) ? "Active" : "NoEndpoints",
            AgeSeconds = (long)Stopwatch.GetElapsedTime(createdAt).TotalSeconds,
            Service = admitted.Name.ToString(),
        };
        fip.Interfaces.AddRange(Entry?.Endpoints.Select(endpoint => endpoint.Vmi.ToString()) ?? []);
        fip.PortMappings.AddRange(admitted.Spec.Ports.Select(port => string.Create(
            CultureInfo.InvariantCulture, $"{port.Protocol.ToString().ToUpperInvariant()}/{port.Port}->{port.TargetPort}")));
        return fip;
    }
}
