using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Core.Endpoints;

/// <summary>Which VMIs are endpoints of a Service (the rules of Kubernetes' EndpointSlice controller).</summary>
public static class EndpointSelection
{
    /// <summary>
    /// The endpoints, by VMI id. A VMI is one when it is of the Service's namespace, its labels match the selector, and it has an address; a Service
    /// without a selector and an ExternalName have none. Terminating and not ready ones stay listed with their conditions. A VMI of
    /// <paramref name="former"/> (ids) that matches no more is listed as not selected, so that its flows may end; one that is not among
    /// <paramref name="vmis"/> is gone.
    /// </summary>
    public static ValueList<ServiceEndpoint> Select(AdmittedService service, IEnumerable<Vmi> vmis, IReadOnlySet<ulong> former)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(vmis);
        ArgumentNullException.ThrowIfNull(former);
        AdmittedSpec spec = service.Spec;
        if (spec.Type == ServiceType.ExternalName)
        {
            return [];
        }

        TrafficDistribution? preference = TopologyHints.Effective(spec.TrafficDistribution, service.Annotations);
        List<ServiceEndpoint> endpoints = [];
        ValueList<ushort> ports = [];
        foreach (Vmi vmi in vmis)
        {
            if (vmi.Name.Namespace != service.Name.Namespace || vmi.Addresses.Count == 0)
            {
                continue;
            }

            ulong id = vmi.TableId;
            bool selected = Matches(spec.Selector, vmi.Labels);
            if (selected || former.Contains(id))
            {
                // One list for all that have the same ports, as nearly all do.
                ValueList<ushort> own = spec.Ports.Select(port => TargetPort.Resolve(port, vmi.Ports)).ToValueList();
                ports = own.Equals(ports) ? ports : own;
                endpoints.Add(EndpointOf(vmi, id, selected, spec, ports, preference));
            }
        }

        endpoints.Sort(static (left, right) => left.VmiId.CompareTo(right.VmiId));
        return endpoints.ToValueList();
    }

    private static bool Matches(LabelSet? selector, LabelSet labels)
    {
        if (selector is null || selector.Count == 0)
        {
            return false;
        }

        foreach ((string key, string value) in selector)
        {
            if (!labels.TryGetValue(key, out string? found) || found != value)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// The conditions as the Service sees them. A VMI that would take new flows but for its draining counts as one that terminates and serves: it takes
    /// none while another one does, and keeps its flows, UDP too. On any other the draining has no effect, so that it never makes a VMI a last resort that was not one.
    /// </summary>
    private static (bool Ready, bool Serving, bool Terminating) ConditionsOf(Vmi vmi, bool selected, bool publishNotReady)
    {
        bool takesNew = selected && (publishNotReady || vmi.Conditions.IsReady);
        bool drains = takesNew && vmi.Drains != DrainCause.None;
        return (takesNew && !drains, vmi.Conditions.IsServing || drains, vmi.Conditions.IsTerminating || drains);
    }

    private static ServiceEndpoint EndpointOf(
        Vmi vmi, ulong id, bool selected, AdmittedSpec spec, ValueList<ushort> targetPorts, TrafficDistribution? preference)
    {
        (bool ready, bool serving, bool terminating) = ConditionsOf(vmi, selected, spec.PublishNotReadyAddresses);
        return new()
        {
            Vmi = vmi.Name,
            VmiId = id,
            Node = vmi.Node,
            Zone = vmi.Zone,
            Addresses = vmi.Addresses,
            TargetPorts = targetPorts,
            Weight = vmi.Weight,
            Selected = selected,
            Ready = ready,
            Serving = serving,
            Terminating = terminating,
            Hints = TopologyHints.Of(preference, ready, vmi.Node, vmi.Zone),
        };
    }
}
