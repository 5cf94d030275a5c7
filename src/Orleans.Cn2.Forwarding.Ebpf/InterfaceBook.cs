using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf;

/// <summary>The maps that say what an interface is and which addresses may send through it.</summary>
internal sealed class InterfaceBook(DataPath path)
{
    private readonly Dictionary<int, PlaneInterface> _held = [];

    internal IReadOnlyCollection<PlaneInterface> Held => _held.Values;

    /// <summary>Replaces the interfaces. New sources are allowed before they are asked for, old ones go last.</summary>
    internal void Set(ImmutableArray<PlaneInterface> wanted)
    {
        foreach (PlaneInterface each in wanted)
        {
            Set(each);
        }

        foreach (int index in _held.Keys.Except(wanted.Select(each => each.Index)).ToArray())
        {
            Remove(index);
        }
    }

    internal void Set(PlaneInterface wanted)
    {
        foreach (IpAddress address in wanted.Sources)
        {
            path["sources"].Set(KeyOf(wanted.Index, address), 1u);
        }

        path["interfaces"].Set((uint)wanted.Index, new InterfaceRow
        {
            Role = wanted.Role,
            Flags = wanted.CheckSource ? InterfaceRow.CheckSource : (byte)0,
        });
        if (_held.TryGetValue(wanted.Index, out PlaneInterface? before))
        {
            RemoveSources(before, keep: wanted.Sources);
        }

        _held[wanted.Index] = wanted;
    }

    internal void Remove(int index)
    {
        path["interfaces"].Remove((uint)index);
        if (_held.Remove(index, out PlaneInterface? before))
        {
            RemoveSources(before, keep: []);
        }
    }

    private void RemoveSources(PlaneInterface before, ImmutableArray<IpAddress> keep)
    {
        foreach (IpAddress address in before.Sources.Except(keep))
        {
            path["sources"].Remove(KeyOf(before.Index, address));
        }
    }

    private static SourceKeyRow KeyOf(int index, IpAddress address) => new() { Interface = (uint)index, Address = Address16.Of(address) };
}
