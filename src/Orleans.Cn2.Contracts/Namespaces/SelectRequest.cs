using System.Collections.Immutable;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Labels;

namespace Orleans.Cn2.Contracts.Namespaces;

/// <summary>What a Service selects.</summary>
/// <param name="Service">The Service.</param>
/// <param name="Selector">Labels a VMI must carry; an empty one matches none, then only the known ones are answered.</param>
/// <param name="Known">Ids (<see cref="Core.Tables.TableIds.OfVmi"/>) of VMIs that are paths of the Service now: those of them that still exist but are no longer selected drain.</param>
[GenerateSerializer, Immutable]
public sealed record SelectRequest(
    [property: Id(0)] NamespacedName Service,
    [property: Id(1)] LabelSet Selector,
    [property: Id(2)] ImmutableArray<ulong> Known);
