using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>
/// The rows of map <c>hops</c>, one for each next hop that differs: all addresses behind one interface to other nodes share theirs. A row is written before
/// anything leads to it and is not changed afterwards. Index 0 is no next hop.
/// </summary>
internal sealed class HopRows(TableMaps maps)
{
    private readonly IdPool _indexes = new(first: 1, (uint)maps.Hops.Length);
    private readonly Dictionary<NextHop, uint> _byHop = [];
    private readonly Dictionary<uint, Row> _inUse = [];
    private readonly List<uint> _retired = [];

    /// <summary>Rows that addresses use.</summary>
    internal int Used => _inUse.Count;

    internal bool HasRetired => _retired.Count > 0;

    /// <summary>True when a row holds this next hop: it was written so, and nobody else changed the map.</summary>
    internal bool Holds(uint index, NextHop hop) => _inUse.TryGetValue(index, out Row row) && row.Hop == hop && maps.Hops[index].SameAs(row.Content);

    /// <summary>The row of a next hop, for one more address; false when there is no room for it.</summary>
    internal bool TryTake(NextHop hop, out uint index)
    {
        if (_byHop.TryGetValue(hop, out index) && Holds(index, hop))
        {
            _inUse[index] = _inUse[index].With(users: 1);
            return true;
        }

        if (!_indexes.TryTake(out index))
        {
            return false;
        }

        Row row = new(hop, HopRow.Of(hop), 1);
        maps.Hops[index] = row.Content;
        _byHop[hop] = index;
        _inUse[index] = row;
        return true;
    }

    /// <summary>Takes over a row that a pinned path uses, for one more address; false where the map has no such row.</summary>
    internal bool TryAdopt(uint index)
    {
        if (index == 0 || index >= (uint)maps.Hops.Length)
        {
            return false;
        }

        if (_inUse.TryGetValue(index, out Row held))
        {
            _inUse[index] = held.With(users: 1);
            return true;
        }

        NextHop hop = maps.Hops[index].ToHop();
        _indexes.Reserve(index);
        _inUse[index] = new Row(hop, HopRow.Of(hop), 1);
        _byHop.TryAdd(hop, index);
        return true;
    }

    /// <summary>Tells that an address does not use a row any more.</summary>
    internal void Leave(uint index)
    {
        Row row = _inUse[index];
        if (row.Users > 1)
        {
            _inUse[index] = row.With(users: -1);
            return;
        }

        _inUse.Remove(index);
        if (_byHop.GetValueOrDefault(row.Hop) == index)
        {
            _byHop.Remove(row.Hop);
        }

        _retired.Add(index);
    }

    /// <summary>Makes rows that nobody uses free; only when no program run that began before they were left is under way.</summary>
    internal void Release()
    {
        _retired.ForEach(_indexes.Return);
        _retired.Clear();
    }

    /// <summary>A row in use.</summary>
    /// <param name="Hop">What it says.</param>
    /// <param name="Content">The same as the map is to have it.</param>
    /// <param name="Users">Addresses that use it.</param>
    private readonly record struct Row(NextHop Hop, HopRow Content, int Users)
    {
        internal Row With(int users) => this with { Users = Users + users };
    }
}
