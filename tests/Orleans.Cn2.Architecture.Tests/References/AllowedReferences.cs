namespace Orleans.Cn2.Architecture.Tests.References;

/// <summary>
/// Who may reference whom (docs/architecture.md). A project that is missing here fails the test, so that a new one is placed on purpose.
/// </summary>
internal static class AllowedReferences
{
    public static IReadOnlyDictionary<string, string[]> Table { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["Orleans.Cn2.Core"] = [],
        ["Orleans.Cn2.Contracts"] = ["Orleans.Cn2.Core"],
        ["Orleans.Cn2.Protocol"] = [],
        ["Orleans.Cn2.Transport"] = [],
        ["Orleans.Cn2.Schema"] = [],
        ["Orleans.Cn2.Storage"] = ["Orleans.Cn2.Schema"],
        ["Orleans.Cn2.Grains"] = ["Orleans.Cn2.Core", "Orleans.Cn2.Contracts"],
        ["Orleans.Cn2.Api"] = ["Orleans.Cn2.Core", "Orleans.Cn2.Contracts", "Orleans.Cn2.Protocol", "Orleans.Cn2.Transport"],
        ["Orleans.Cn2.Hosting"] = ["Orleans.Cn2.Core", "Orleans.Cn2.Api", "Orleans.Cn2.Storage"],
        ["Orleans.Cn2.Silo"] = ["Orleans.Cn2.Api", "Orleans.Cn2.Grains", "Orleans.Cn2.Hosting", "Orleans.Cn2.Storage"],
        ["Orleans.Cn2.Gateway"] = ["Orleans.Cn2.Api", "Orleans.Cn2.Hosting", "Orleans.Cn2.Storage"],
        ["Orleans.Cn2.Forwarding"] = ["Orleans.Cn2.Core"],
        ["Orleans.Cn2.Netlink"] = ["Orleans.Cn2.Core"],
        ["Orleans.Cn2.Forwarding.Ebpf"] = ["Orleans.Cn2.Core", "Orleans.Cn2.Netlink", "Orleans.Cn2.Forwarding"],
        ["Orleans.Cn2.Forwarding.Tun"] = ["Orleans.Cn2.Core", "Orleans.Cn2.Netlink", "Orleans.Cn2.Forwarding"],
        ["Orleans.Cn2.Worker"] =
            [
                "Orleans.Cn2.Core", "Orleans.Cn2.Protocol", "Orleans.Cn2.Transport", "Orleans.Cn2.Netlink", "Orleans.Cn2.Forwarding",
                "Orleans.Cn2.Forwarding.Ebpf", "Orleans.Cn2.Forwarding.Tun",
            ],
        ["Orleans.Cn2.Lab"] = ["Orleans.Cn2.Core", "Orleans.Cn2.Forwarding"],
        ["Orleans.Cn2.Lab.Echo"] = [],
        ["Orleans.Cn2.Client"] = ["Orleans.Cn2.Protocol", "Orleans.Cn2.Transport"],
        ["cn2"] = ["Orleans.Cn2.Client", "Orleans.Cn2.Transport", "Orleans.Cn2.Schema", "Orleans.Cn2.Lab", "Orleans.Cn2.Core", "Orleans.Cn2.Forwarding"],
    };

    /// <summary>Projects that may name packages of Orleans; Core takes its serialization attributes alone.</summary>
    public static IReadOnlySet<string> KnowOrleans { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "Orleans.Cn2.Core", "Orleans.Cn2.Contracts", "Orleans.Cn2.Storage", "Orleans.Cn2.Grains", "Orleans.Cn2.Api", "Orleans.Cn2.Silo",
        "Orleans.Cn2.Gateway",
    };

    /// <summary>What no program of the data side or of a client may reach, by however long a way.</summary>
    public static string[] ControlSide { get; } =
        ["Orleans.Cn2.Contracts", "Orleans.Cn2.Grains", "Orleans.Cn2.Storage", "Orleans.Cn2.Api", "Orleans.Cn2.Hosting", "Orleans.Cn2.Silo", "Orleans.Cn2.Gateway"];
}
