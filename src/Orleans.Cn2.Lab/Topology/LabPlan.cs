using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Lab.Topology;

/// <summary>All names and addresses of a lab: a pure function of its options.</summary>
internal sealed record LabPlan
{
    public const int MaxNodes = 200;

    public required LabOptions Options { get; init; }

    public required ImmutableArray<LabNode> Nodes { get; init; }

    public required LabHost Outside { get; init; }

    /// <summary>Namespace with the bridge that joins the nodes and the router to the outside network.</summary>
    public required string Fabric { get; init; }

    public IpAddress RouterV4 => Options.UnderlayV4.At(1);

    public IpAddress RouterV6 => Options.UnderlayV6.At(1);

    public IpAddress OutsideRouterV4 => Options.OutsideV4.At(1);

    public IpAddress OutsideRouterV6 => Options.OutsideV6.At(1);

    public string Directory => DirectoryOf(Options.StateRoot, Options.Name);

    public IEnumerable<string> Namespaces => [Fabric, Outside.NetworkNamespace, .. Nodes.Select(n => n.NetworkNamespace)];

    public static string DirectoryOf(string root, string name) => Path.Combine(root, name);

    /// <summary>What the names of all namespaces of a lab begin with. Lab names hold no hyphen, so no lab's prefix begins another's.</summary>
    public static string Prefix(string lab) => $"cn2-{lab}-";

    public static bool IsName(string name) => name.Length is > 0 and <= 12 && char.IsAsciiLetterLower(name[0])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c));

    /// <exception cref="LabException">An option can't be; the message says which and why.</exception>
    public static LabPlan Of(LabOptions options)
    {
        Check(options);
        string prefix = Prefix(options.Name);
        string directory = DirectoryOf(options.StateRoot, options.Name);
        return new()
        {
            Options = options,
            Fabric = prefix + "fabric",
            Outside = new() { NetworkNamespace = prefix + "outside", V4 = options.OutsideV4.At(10), V6 = options.OutsideV6.At(10) },
            Nodes = [.. Enumerable.Range(1, options.Nodes).Select(i => new LabNode
            {
                Name = $"node{i}",
                Index = i,
                NetworkNamespace = $"{prefix}node{i}",
                V4 = options.UnderlayV4.At((UInt128)(i + 1)),
                V6 = options.UnderlayV6.At((UInt128)(i + 1)),
                PodsV4 = new(options.PodsV4.At((UInt128)i << 8), 24),
                PodsV6 = new(options.PodsV6.At((UInt128)i << 64), 64),
                BpfRoot = Path.Combine(directory, $"node{i}", "bpf"),
            })],
        };
    }

    private static void Check(LabOptions options)
    {
        if (!IsName(options.Name))
        {
            throw new LabException($"lab name '{options.Name}': must be a small letter, then small letters and digits, at most 12 in all");
        }

        if (options.Nodes is < 1 or > MaxNodes)
        {
            throw new LabException($"nodes {options.Nodes}: must be between 1 and {MaxNodes}");
        }

        (string Name, IpPrefix Prefix, IpFamily Family, int Longest)[] prefixes =
        [
            ("underlay", options.UnderlayV4, IpFamily.IPv4, 24), ("underlay", options.UnderlayV6, IpFamily.IPv6, 120),
            ("outside", options.OutsideV4, IpFamily.IPv4, 28), ("outside", options.OutsideV6, IpFamily.IPv6, 124),
            ("pods", options.PodsV4, IpFamily.IPv4, 16), ("pods", options.PodsV6, IpFamily.IPv6, 56),
            ("services", options.ServicesV4, IpFamily.IPv4, 32), ("services", options.ServicesV6, IpFamily.IPv6, 128),
        ];
        foreach ((string name, IpPrefix prefix, IpFamily family, int longest) in prefixes)
        {
            if (prefix.Family != family || prefix.Length > longest)
            {
                throw new LabException($"{name} {prefix}: must be an {family} prefix of at most {longest} bits");
            }

            foreach ((string otherName, IpPrefix other, _, _) in prefixes.Where(p => p.Name != name && p.Prefix.Overlaps(prefix)))
            {
                throw new LabException($"{name} {prefix}: overlaps with {otherName} {other}");
            }
        }

        if (options.OutsideVia is { } via && !Enumerable.Range(1, options.Nodes).Any(i => via == $"node{i}"))
        {
            throw new LabException($"outside traffic by way of '{via}': there is no such node");
        }
    }
}
