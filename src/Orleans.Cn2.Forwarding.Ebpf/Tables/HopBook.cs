using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>
/// Which next hop the paths to an address use. Where it is another, the paths' words are moved to another row, so that no packet meets half of one. There may
/// be hundreds of thousands of addresses: each takes one entry, and its paths are a list through arrays.
/// </summary>
internal sealed class HopBook(TableMaps maps, Func<IpAddress, NextHop?> resolve)
{
    private readonly HopRows _rows = new(maps);
    private readonly Dictionary<AddressKey, Target> _targets = [];
    private readonly PathLinks _links = new();

    /// <summary>Addresses that paths lead to. They may be routed while they are read.</summary>
    internal IEnumerable<IpAddress> Addresses => _targets.Keys.Select(key => key.ToAddress());

    /// <summary>How many.</summary>
    internal int Count => _targets.Count;

    /// <summary>Rows of next hops in use.</summary>
    internal int Rows => _rows.Used;

    internal bool HasRetired => _rows.HasRetired;

    /// <summary>True when paths lead to an address.</summary>
    internal bool Has(IpAddress address) => _targets.ContainsKey(AddressKey.Of(address));

    internal uint IndexOf(IpAddress address) => _targets.GetValueOrDefault(AddressKey.Of(address)).Row;

    internal void AddPath(IpAddress address, uint path)
    {
        AddressKey key = AddressKey.Of(address);
        ref Target target = ref CollectionsMarshal.GetValueRefOrAddDefault(_targets, key, out bool known);
        _links.Push(key, ref target.FirstPath, path);
        if (!known)
        {
            Route(address, ref target);
        }
    }

    /// <summary>
    /// Asks again where an address is. Its paths keep their next hop while that is not known (null), so that flows go on while a restarted worker
    /// finds its feet; and where the map is full: false.
    /// </summary>
    internal bool Route(IpAddress address)
    {
        ref Target target = ref CollectionsMarshal.GetValueRefOrNullRef(_targets, AddressKey.Of(address));
        return Unsafe.IsNullRef(ref target) || Route(address, ref target);
    }

    /// <summary>Asks again where each address is, and returns how many have no room in the map.</summary>
    internal int RouteAll()
    {
        int without = 0;
        foreach ((AddressKey key, Target target) in _targets)
        {
            IpAddress address = key.ToAddress();
            if (resolve(address) is { } hop && !IsRouted(target, hop))
            {
                without += Lead(ref CollectionsMarshal.GetValueRefOrNullRef(_targets, key), hop) ? 0 : 1;
            }
        }

        return without;
    }

    /// <summary>Tells that a path leads nowhere any more. The map's row is not asked where it led: that may have been changed by others.</summary>
    internal void RemovePath(uint path)
    {
        if (!_links.TryFindList(path, out AddressKey key))
        {
            return;
        }

        ref Target target = ref CollectionsMarshal.GetValueRefOrNullRef(_targets, key);
        _links.Remove(ref target.FirstPath, path);
        if (target.FirstPath == PathLinks.None)
        {
            Leave(target.Row);
            _targets.Remove(key);
        }
    }

    /// <summary>Makes room for so many addresses at once.</summary>
    internal void Expect(int addresses) => _targets.EnsureCapacity(addresses);

    /// <summary>Takes over the row that a pinned path uses; all paths to an address use that of its first.</summary>
    internal void Adopt(IpAddress address, uint path, uint row)
    {
        AddressKey key = AddressKey.Of(address);
        ref Target target = ref CollectionsMarshal.GetValueRefOrAddDefault(_targets, key, out bool known);
        _links.Push(key, ref target.FirstPath, path);
        if (!known && _rows.TryAdopt(row))
        {
            target.Row = row;
        }
        else if (row != target.Row)
        {
            Lead(path, target.Row);
        }
    }

    /// <summary>Makes rows that nobody uses free; only when no program run that began before they were left is under way.</summary>
    internal void Release() => _rows.Release();

    private bool Route(IpAddress address, ref Target target) => resolve(address) is not { } hop || IsRouted(target, hop) || Lead(ref target, hop);

    private bool IsRouted(Target target, NextHop hop) => target.Row == 0 ? hop.Kind == HopKind.None : _rows.Holds(target.Row, hop);

    private bool Lead(ref Target target, NextHop hop)
    {
        uint row = 0;
        if (hop.Kind != HopKind.None && !_rows.TryTake(hop, out row))
        {
            return false;
        }

        uint former = target.Row;
        target.Row = row;
        for (uint path = target.FirstPath; path != PathLinks.None; path = _links.After(path))
        {
            Lead(PathLinks.IdOf(path), row);
        }

        Leave(former);
        return true;
    }

    private void Leave(uint row)
    {
        if (row != 0)
        {
            _rows.Leave(row);
        }
    }

    private void Lead(uint path, uint row)
    {
        PathWord word = maps.ReadPath(path);
        maps.WritePath(path, new PathWord(word.Epoch, word.State, row));
    }

    /// <summary>What is known of an address.</summary>
    private struct Target
    {
        /// <summary>Its row; 0 is none.</summary>
        internal uint Row;

        /// <summary>Where the list of its paths begins.</summary>
        internal uint FirstPath;
    }
}
