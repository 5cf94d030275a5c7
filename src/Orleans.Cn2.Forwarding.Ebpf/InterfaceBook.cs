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
        if (_held.TryGetValue(wanted.Index, out PlaneInterface? same) && same.CheckSource == wanted.CheckSource
            && same.Role == wanted.Role && same.Sources.SequenceEqual(wanted.Sources))
        {
            return;
        }

        Write(wanted);
        if (_held.TryGetValue(wanted.Index, out PlaneInterface? before))
        {
            RemoveSources(before, keep: wanted.Sources);
        }

        _held[wanted.Index] = wanted;
    }

    /// <summary>Writes again what others changed, and tells of which interfaces.</summary>
    internal IEnumerable<string> Repair()
    {
        foreach (PlaneInterface each in _held.Values)
        {
            InterfaceRow wanted = RowOf(each);
            if (!path["interfaces"].TryGet((uint)each.Index, out InterfaceRow row) || row.Role != wanted.Role || row.Flags != wanted.Flags)
            {
                Write(each);
                yield return $"the row of interface {each.Index} was changed";
            }
        }
    }

    private static InterfaceRow RowOf(PlaneInterface each) => new()
    {
        Role = each.Role,
        Flags = each.CheckSource ? InterfaceRow.CheckSource : (byte)0,
    };

    private void Write(PlaneInterface wanted)
    {
        foreach (IpAddress address in wanted.Sources)
        {
            path["sources"].Set(KeyOf(wanted.Index, address), 1u);
        }

        path["interfaces"].Set((uint)wanted.Index, RowOf(wanted));
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
