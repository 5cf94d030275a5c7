using System.Collections.Immutable;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Contracts.Namespaces;

/// <summary>A VMI and the Services that it concerns.</summary>
/// <param name="Vmi">The VMI as it takes part in selection now.</param>
/// <param name="Version">The namespace's version of its last change, or of the index's start where it did not change since.</param>
/// <param name="Services">Those that select it, have it as a path, or did before its last change: what they published for this version tells how they use it.</param>
[GenerateSerializer, Immutable]
public sealed record Membership(
    [property: Id(0)] Vmi Vmi, [property: Id(1)] ulong Version, [property: Id(2)] ImmutableArray<NamespacedName> Services);
