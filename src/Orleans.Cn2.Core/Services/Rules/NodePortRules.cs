using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>Node ports are kept as given and never allocated; these rules only keep them consistent.</summary>
internal static class NodePortRules
{
    /// <summary>Fills omitted node ports from the stored port of the same name, unless the value is still in use.</summary>
    public static ServiceSpec Patch(ServiceSpec spec, ServiceSpec old)
    {
        HashSet<int> used = [.. Given(old)];
        used.IntersectWith(Given(spec));
        Dictionary<string, int> byName = [];
        foreach (ServicePortSpec port in old.Ports.OrEmpty())
        {
            byName[port.Name ?? ""] = port.NodePort ?? 0;
        }

        return spec with { Ports = spec.Ports?.Select(Fill).ToValueList() };

        ServicePortSpec Fill(ServicePortSpec port) =>
            port.NodePort is null or 0 && byName.TryGetValue(port.Name ?? "", out int value) && value != 0 && used.Add(value)
                ? port with { NodePort = value }
                : port;
    }

    /// <summary>Drops node ports when the type ceases to have any and the asker added none.</summary>
    public static ServiceSpec DropStale(ServiceSpec spec, ServiceSpec old) =>
        old.MayHaveNodePorts() && !spec.MayHaveNodePorts() && Given(spec).IsSubsetOf(Given(old))
            ? spec with { Ports = spec.Ports?.Select(port => port with { NodePort = null }).ToValueList() }
            : spec;

    /// <summary>Type ClusterIP has no node ports; each (protocol, node port) occurs once.</summary>
    public static IEnumerable<FieldViolation> Validate(ServiceSpec spec)
    {
        ValueList<ServicePortSpec> ports = spec.Ports.OrEmpty();
        for (int i = 0; i < ports.Count; i++)
        {
            if (spec.Type == SpecValues.ClusterIP && ports[i].NodePort is not (null or 0))
            {
                yield return FieldViolation.Forbidden(Path(i), "may not be used when `type` is 'ClusterIP'");
            }
        }

        HashSet<(string?, int)> seen = [];
        for (int i = 0; i < ports.Count; i++)
        {
            if (ports[i].NodePort is not { } nodePort || nodePort == 0)
            {
                continue;
            }

            if (nodePort is < 1 or > 65535)
            {
                yield return FieldViolation.Invalid(Path(i), nodePort, NameSyntax.PortRange);
            }

            if (!seen.Add((ports[i].Protocol, nodePort)))
            {
                yield return FieldViolation.Duplicate(Path(i), nodePort);
            }
        }
    }

    private static string Path(int index) => $"spec.ports[{index}].nodePort";

    private static HashSet<int> Given(ServiceSpec spec) =>
        [.. spec.Ports.OrEmpty().Select(port => port.NodePort ?? 0).Where(value => value != 0)];
}
