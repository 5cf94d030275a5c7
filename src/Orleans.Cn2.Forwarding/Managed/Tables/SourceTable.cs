using System.Collections.Frozen;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Managed.Tables;

/// <summary>The interfaces and sources tables.</summary>
internal sealed class SourceTable
{
    private readonly FrozenDictionary<int, (InterfaceRole Role, bool CheckSource)> _interfaces;
    private readonly FrozenSet<(int, MappedAddress)> _sources;

    public SourceTable(NodeNetwork network)
    {
        _interfaces = network.Interfaces.ToFrozenDictionary(each => each.Index, each => (each.Role, each.CheckSource));
        _sources = network.Interfaces.SelectMany(each => each.Sources.Select(source => (each.Index, MappedAddress.Of(source)))).ToFrozenSet();
    }

    public InterfaceRole RoleOf(int index) => _interfaces.TryGetValue(index, out (InterfaceRole Role, bool) found) ? found.Role : InterfaceRole.None;

    /// <summary>Section 4.3, rule 3.</summary>
    public bool IsSpoofed(int index, MappedAddress source) =>
        _interfaces.TryGetValue(index, out (InterfaceRole Role, bool CheckSource) found) && found is { Role: InterfaceRole.Pod, CheckSource: true }
        && !_sources.Contains((index, source));
}
