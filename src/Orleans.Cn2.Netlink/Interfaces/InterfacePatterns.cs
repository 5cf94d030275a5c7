using System.Collections.Immutable;
using System.IO.Enumeration;

namespace Orleans.Cn2.Netlink.Interfaces;

/// <summary>What an interface is to the data path.</summary>
public enum InterfaceRole
{
    /// <summary>The node's end of a pod's link.</summary>
    PodSide,

    /// <summary>A way to other nodes and outside networks.</summary>
    Uplink,
}

/// <summary>
/// Decides by name which interfaces the data path attaches to. Patterns are globs with <c>*</c> and <c>?</c>,
/// case-sensitive. An exclusion beats both lists; a pod-side pattern beats an uplink one.
/// </summary>
public sealed record InterfacePatterns
{
    /// <summary>Pod-side interfaces: this project's own and those of the usual CNI plugins.</summary>
    public ImmutableArray<string> PodSide { get; init; } = ["cn2p*", "veth*", "cali*", "lxc*"];

    /// <summary>Uplinks.</summary>
    public ImmutableArray<string> Uplinks { get; init; } = ["eth*", "en*"];

    /// <summary>Never attached to.</summary>
    public ImmutableArray<string> Excluded { get; init; } = [];

    /// <summary>The role of an interface of that name; null = it is passed over.</summary>
    public InterfaceRole? RoleOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name is "lo" || Matches(Excluded, name))
        {
            return null;
        }

        return Matches(PodSide, name) ? InterfaceRole.PodSide : Matches(Uplinks, name) ? InterfaceRole.Uplink : null;
    }

    private static bool Matches(ImmutableArray<string> patterns, string name)
    {
        foreach (string pattern in patterns)
        {
            if (FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false))
            {
                return true;
            }
        }

        return false;
    }
}
