using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf;

/// <summary>The maps that say what an interface is and which addresses may send through it.</summary>
internal sealed class InterfaceBook(DataPath path)
{
    private readonly Dictionary<int, PlaneInterface> _held = [];
    private readonly HashSet<int> _unchecked = [];

    /// <summary>Pod interfaces that may send from any address because the map of sources is full.</summary>
    internal int Unchecked => _unchecked.Count;

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
            if (!path["interfaces"].TryGet((uint)each.Index, out InterfaceRow row) || row.Role != wanted.Role || row.Flags != wanted.Flags
                || (wanted.Flags != 0 && !each.Sources.All(source => path["sources"].TryGet(KeyOf(each.Index, source), out uint _))))
            {
                Write(each);
                yield return $"the rows of interface {each.Index} were changed";
            }
        }
    }

    private InterfaceRow RowOf(PlaneInterface each) => new()
    {
        Role = each.Role,
        Flags = !each.CheckSource || _unchecked.Contains(each.Index)
            ? (byte)0
            : (byte)((each.Sources.Any(source => source.Family == IpFamily.IPv4) ? InterfaceRow.CheckSource4 : 0)
                | (each.Sources.Any(source => source.Family == IpFamily.IPv6) ? InterfaceRow.CheckSource6 : 0)),
    };

    /// <summary>An interface whose sources do not all fit is not checked: dropping what a pod rightly sends would be worse.</summary>
    private void Write(PlaneInterface wanted)
    {
        bool fits = wanted.Sources.All(address => path["sources"].TrySet(KeyOf(wanted.Index, address), 1u));
        _ = fits ? _unchecked.Remove(wanted.Index) : _unchecked.Add(wanted.Index);
        path["interfaces"].Set((uint)wanted.Index, RowOf(wanted));
    }

    internal void Remove(int index)
    {
        path["interfaces"].Remove((uint)index);
        _unchecked.Remove(index);
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
