using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Core.Vmis;

/// <summary>A virtual machine interface: the attachment of one back-end pod or workload, checked.</summary>
[GenerateSerializer, Immutable]
public sealed record Vmi
{
    /// <summary>Weight of a VMI that names none.</summary>
    public const ushort DefaultWeight = 100;

    /// <summary>Namespace and name.</summary>
    [Id(0)]
    public required NamespacedName Name { get; init; }

    /// <summary>A VMI that comes again with another uid is another one, whatever its name and addresses.</summary>
    [Id(1)]
    public required Guid Uid { get; init; }

    /// <summary>What selectors match.</summary>
    [Id(2)]
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>Name of the node it is attached to.</summary>
    [Id(3)]
    public required string Node { get; init; }

    /// <summary>One address, or one of each family.</summary>
    [Id(4)]
    public ValueList<IpAddress> Addresses { get; init; } = [];

    /// <summary>Ports that services may target by name, in the order given: the first of a name and protocol counts.</summary>
    [Id(5)]
    public ValueList<NamedPort> Ports { get; init; } = [];

    /// <summary>Health.</summary>
    [Id(6)]
    public VmiConditions Conditions { get; init; }

    /// <summary>Share among the paths of a service, 1..65535.</summary>
    [Id(7)]
    public ushort Weight { get; init; } = DefaultWeight;

    /// <summary>Zone of its node (label <c>topology.kubernetes.io/zone</c>); <see langword="null"/> when the node has none.</summary>
    [Id(8)]
    public string? Zone { get; init; }

    /// <summary>Whether, and why, it takes no new flows while another back end does, whatever its conditions say.</summary>
    [Id(9)]
    public DrainCause Drains { get; init; }

    /// <summary>Its 64-bit id in tables.</summary>
    public ulong TableId => TableIds.OfVmi(Uid);

    /// <summary>Its address of a family, or an unset one.</summary>
    public IpAddress AddressOf(IpFamily family)
    {
        foreach (IpAddress address in Addresses)
        {
            if (address.Family == family)
            {
                return address;
            }
        }

        return default;
    }

    /// <summary>True when it uses the network of its node: an address of its own is one of the node's.</summary>
    public bool UsesHostNetwork(IEnumerable<IpAddress> nodeAddresses) => nodeAddresses.Any(address => Addresses.Contains(address));
}
