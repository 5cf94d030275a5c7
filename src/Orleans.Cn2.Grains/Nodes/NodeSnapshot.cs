using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Grains.Nodes;

/// <summary>A node as it was stored last: reads that come during a write answer what was stored before it.</summary>
internal sealed class NodeSnapshot(NodeState state)
{
    private readonly bool _lost = state.Lost;
    private readonly DrainCause _drains = state.Drains;
    private readonly bool _deleted = state.IsEmpty;
    private ImmutableArray<VmiRecord>? _aging;
    private ILookup<string, VmiRecord>? _byNamespace;

    /// <summary>Its VMIs, in no order.</summary>
    public ImmutableArray<VmiRecord> Records { get; } = [.. state.Vmis.Values];

    /// <summary>Those that time alone may change.</summary>
    public ImmutableArray<VmiRecord> Aging => _aging ??= Records.RemoveAll(record => !record.Ages);

    /// <summary>Namespaces that it has VMIs in.</summary>
    public IEnumerable<string> Namespaces => ByNamespace.Select(vmis => vmis.Key);

    private ILookup<string, VmiRecord> ByNamespace => _byNamespace ??= Records.ToLookup(record => record.Vmi.Name.Namespace, StringComparer.Ordinal);

    /// <summary>Its VMIs in a namespace as they take part in selection.</summary>
    public NodeMembers MembersOf(string ns) => new(_lost, [.. ByNamespace[ns].Select(record => record.Effective(_drains))], _deleted);
}
