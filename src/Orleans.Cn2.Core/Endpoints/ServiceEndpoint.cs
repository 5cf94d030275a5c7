using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;

namespace Orleans.Cn2.Core.Endpoints;

/// <summary>A VMI as a back end of one Service: all that any node needs to decide whether and how to use it.</summary>
[GenerateSerializer, Immutable]
public sealed record ServiceEndpoint
{
    /// <summary>Namespace and name of the VMI.</summary>
    [Id(0)]
    public required NamespacedName Vmi { get; init; }

    /// <summary>64-bit id of the VMI.</summary>
    [Id(1)]
    public required ulong VmiId { get; init; }

    /// <summary>Its node.</summary>
    [Id(2)]
    public required string Node { get; init; }

    /// <summary>Its zone; <see langword="null"/> when unknown.</summary>
    [Id(3)]
    public string? Zone { get; init; }

    /// <summary>At most one address of each family.</summary>
    [Id(4)]
    public ValueList<IpAddress> Addresses { get; init; } = [];

    /// <summary>Target ports parallel to the entry's ports; 0: this VMI has no port of the name asked for.</summary>
    [Id(5)]
    public ValueList<ushort> TargetPorts { get; init; } = [];

    /// <summary>Share among the paths, 1..65535.</summary>
    [Id(6)]
    public required ushort Weight { get; init; }

    /// <summary>False: the VMI exists, but the Service selects it no more.</summary>
    [Id(7)]
    public required bool Selected { get; init; }

    /// <summary>Selected, it does not drain, and either not ready addresses are published, or it is ready, serving and not terminating.</summary>
    [Id(8)]
    public required bool Ready { get; init; }

    /// <summary>It answers, terminating or not.</summary>
    [Id(9)]
    public required bool Serving { get; init; }

    /// <summary>It is being shut down, or would take new flows but drains.</summary>
    [Id(10)]
    public required bool Terminating { get; init; }

    /// <summary>For whom it is meant; <see langword="null"/>: for all.</summary>
    [Id(11)]
    public EndpointHints? Hints { get; init; }

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
}
