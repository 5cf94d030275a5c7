using System.Collections.Immutable;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Contracts.Nodes;

/// <summary>Who has a VMI's uid.</summary>
/// <param name="Vmi">The VMI.</param>
/// <param name="Nodes">Nodes that have it in their records, in the order in which they took it: at least one, and more only while it moves.</param>
[GenerateSerializer, Immutable]
public sealed record VmiHolders([property: Id(0)] NamespacedName Vmi, [property: Id(1)] ImmutableArray<string> Nodes)
{
    /// <summary>The node that the VMI is attached to; the others have yet to forget it.</summary>
    public string Node => Nodes[^1];
}

/// <summary>
/// A VMI's uid, key: the uid. It keeps two VMIs from having one, and says which node has a VMI while it moves. It calls no other grain.
/// </summary>
[Alias("cn2.IVmiUidGrain")]
public interface IVmiUidGrain : IGrainWithGuidKey
{
    /// <summary>Takes the uid for a VMI on a node, from other nodes too, and answers who has it afterwards: nothing changes where another VMI has it.</summary>
    /// <param name="vmi">The VMI.</param>
    /// <param name="node">Its node.</param>
    /// <param name="former">A node that is known to have the VMI as well, though it may never have said so here; null: none.</param>
    [Alias("Acquire")]
    Task<VmiHolders> Acquire(NamespacedName vmi, string node, string? former);

    /// <summary>A node has the VMI of this name no more, or did not get it: then it is again that of the node that had it before.</summary>
    [Alias("Release")]
    Task Release(NamespacedName vmi, string node);

    /// <summary>Who has it; null when nobody does.</summary>
    [Alias("GetHolders")]
    Task<VmiHolders?> GetHolders();
}
