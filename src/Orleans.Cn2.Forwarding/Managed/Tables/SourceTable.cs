using System.Collections.Frozen;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Managed.Tables;

/// <summary>The interfaces and sources tables.</summary>
internal sealed class SourceTable
{
    private readonly FrozenDictionary<int, InterfaceRole> _interfaces;
    private readonly FrozenSet<(int, bool IsV6)> _checked;
    private readonly FrozenSet<(int, MappedAddress)> _sources;

    public SourceTable(NodeNetwork network)
    {
        _interfaces = network.Interfaces.ToFrozenDictionary(each => each.Index, each => each.Role);
        _checked = network.Interfaces.Where(each => each is { CheckSource: true, Role: InterfaceRole.Pod })
            .SelectMany(each => each.Sources.Select(source => (each.Index, source.Family == IpFamily.IPv6))).ToFrozenSet();
        _sources = network.Interfaces.SelectMany(each => each.Sources.Select(source => (each.Index, MappedAddress.Of(source)))).ToFrozenSet();
    }

    public InterfaceRole RoleOf(int index) => _interfaces.GetValueOrDefault(index);

    /// <summary>Section 4.3, rule 3.</summary>
    public bool IsSpoofed(int index, MappedAddress source) =>
        _checked.Contains((index, !source.IsV4)) && !_sources.Contains((index, source));
}
