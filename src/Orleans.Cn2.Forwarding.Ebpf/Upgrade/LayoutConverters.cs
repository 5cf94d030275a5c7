using System.Collections.Immutable;

namespace Orleans.Cn2.Forwarding.Ebpf.Upgrade;

/// <summary>What changed in the values of maps from one layout to the next. A layout's number is raised together with an entry here.</summary>
internal static class LayoutConverters
{
    /// <summary>Nothing changed: there has been no other layout in a release.</summary>
    internal static ImmutableDictionary<string, ValueConverter> None { get; } = ImmutableDictionary<string, ValueConverter>.Empty;
}
