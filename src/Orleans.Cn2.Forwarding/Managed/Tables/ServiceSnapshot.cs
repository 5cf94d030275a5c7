using System.Collections.Immutable;

namespace Orleans.Cn2.Forwarding.Managed.Tables;

/// <summary>The services at one moment. A change makes another snapshot that shares all but what changed.</summary>
/// <param name="Frontends">The services table.</param>
/// <param name="Allocated">FloatingIPs and how many frontends each has.</param>
/// <param name="Services">What was applied, by uid.</param>
internal sealed record ServiceSnapshot(
    ImmutableDictionary<FrontendKey, FrontendEntry> Frontends,
    ImmutableDictionary<MappedAddress, int> Allocated,
    ImmutableDictionary<Guid, HeldService> Services)
{
    public static ServiceSnapshot Empty { get; } = new(
        ImmutableDictionary<FrontendKey, FrontendEntry>.Empty,
        ImmutableDictionary<MappedAddress, int>.Empty,
        ImmutableDictionary<Guid, HeldService>.Empty);
}
