using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Grains.Nodes;

/// <summary>What a node's registration must satisfy, in Kubernetes' words.</summary>
internal static class NodeRules
{
    /// <exception cref="InvalidObjectException">Fields are not valid; all of them at once.</exception>
    public static void Check(string name, NodeSpec spec)
    {
        List<FieldViolation> faults = [.. NameSyntax.DnsSubdomain(name).Select(fault => FieldViolation.Invalid("metadata.name", name, fault))];
        if (spec.Addresses.IsDefaultOrEmpty)
        {
            faults.Add(FieldViolation.Required("addresses", "must have at least one address"));
        }

        foreach (IGrouping<IpFamily, IpPrefix> family in spec.PodPrefixes.GroupBy(prefix => prefix.Family).Where(family => family.Count() > 1))
        {
            faults.Add(FieldViolation.Invalid(
                "pod_cidrs", BadValue.List(family.Select(prefix => prefix.ToString())), "may specify no more than one CIDR for each IP family"));
        }

        faults.AddRange(LabelSyntax.Validate(spec.Labels, "metadata.labels"));
        if (faults.Count > 0)
        {
            throw new InvalidObjectException("Node", name, faults.ToValueList());
        }
    }
}
