using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;

namespace Orleans.Cn2.Core.Services;

/// <summary>What admission must know of the cluster: its service families.</summary>
/// <param name="Families">One or two different families; the first is the default.</param>
[GenerateSerializer, Immutable]
public sealed record ServiceCluster([property: Id(0)] ValueList<IpFamily> Families)
{
    /// <summary>The family of a Service that names none.</summary>
    public IpFamily Default => Families[0];

    /// <summary>True when both families are configured.</summary>
    public bool IsDualStack => Families.Count == 2;

    /// <summary>The families of a service subnet's prefixes, in their order.</summary>
    public static ServiceCluster Of(IEnumerable<IpPrefix> prefixes) =>
        new(prefixes.Select(prefix => prefix.Family).ToValueList());

    /// <summary>True when <paramref name="family"/> is configured.</summary>
    public bool Has(IpFamily family) => Families.Contains(family);
}
