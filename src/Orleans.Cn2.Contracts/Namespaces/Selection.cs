using System.Collections.Immutable;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Contracts.Namespaces;

/// <summary>The VMIs that concern a Service.</summary>
/// <param name="Version">The namespace's version that this is the state of.</param>
/// <param name="Vmis">VMIs with matching labels, whatever their conditions, and the request's known ones that still exist; sorted by uid.</param>
[GenerateSerializer, Immutable]
public sealed record Selection([property: Id(0)] ulong Version, [property: Id(1)] ImmutableArray<Vmi> Vmis);

/// <summary>The VMIs that a node has in one namespace.</summary>
/// <param name="Lost">True while the node is lost: its VMIs are no paths.</param>
/// <param name="Vmis">The VMIs as they take part in selection now; one whose lease ran out is not ready and does not serve.</param>
/// <param name="Deleted">True when the node is not registered and has nothing left to tell: nobody need ask it again.</param>
[GenerateSerializer, Immutable]
public sealed record NodeMembers(
    [property: Id(0)] bool Lost, [property: Id(1)] ImmutableArray<Vmi> Vmis, [property: Id(2)] bool Deleted = false);

/// <summary>A change of a namespace's VMIs.</summary>
/// <param name="Version">The namespace's version after it.</param>
/// <param name="Touched">Services that select, selected or drain the VMI: they publish for this version soon.</param>
[GenerateSerializer, Immutable]
public sealed record NamespaceChange(
    [property: Id(0)] ulong Version,
    [property: Id(1)] ImmutableArray<NamespacedName> Touched);

/// <summary>Changes of a namespace's VMIs for a watcher.</summary>
/// <param name="Version">The version reached.</param>
/// <param name="Complete">True: <paramref name="Upserts"/> is everything there is, because the asked version is too old or of an earlier activation.</param>
/// <param name="Upserts">New or changed VMIs.</param>
/// <param name="Deletes">VMIs as they were before they were removed.</param>
[GenerateSerializer, Immutable]
public sealed record VmiChanges(
    [property: Id(0)] ulong Version,
    [property: Id(1)] bool Complete,
    [property: Id(2)] ImmutableArray<Vmi> Upserts,
    [property: Id(3)] ImmutableArray<Vmi> Deletes);
