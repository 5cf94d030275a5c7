using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Netlink.Interfaces;

namespace Orleans.Cn2.Forwarding.Tun;

/// <summary>How the managed engine gets the node's packets.</summary>
public sealed record TunOptions
{
    /// <summary>Which interfaces lead to pods, and which to other nodes and the outside.</summary>
    public InterfacePatterns Interfaces { get; init; } = new();

    /// <summary>Sizes and limits of the engine.</summary>
    public ManagedOptions Managed { get; init; } = new();

    /// <summary>How often the node is looked at for what others changed.</summary>
    public TimeSpan RepairPeriod { get; init; } = TimeSpan.FromSeconds(2);
}
