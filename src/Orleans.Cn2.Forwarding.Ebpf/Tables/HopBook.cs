using System.Runtime.InteropServices;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>
/// Which next hop the paths to an address use. A changed next hop is written to an index of its own and the paths' words are moved to it, so
/// that no packet meets half of one. Index 0 is no next hop.
/// </summary>
internal sealed class HopBook(TableMaps maps, Func<IpAddress, HopRow?> resolve)
{
    private readonly IdPool _indexes = new(first: 1, (uint)maps.Hops.Length);
    private readonly Dictionary<IpAddress, uint> _byAddress = [];
    private readonly Dictionary<IpAddress, IdSet> _paths = [];
    private readonly HashSet<uint> _adopted = [];
    private readonly List<uint> _retired = [];

    /// <summary>Addresses that paths lead to.</summary>
    internal IReadOnlyCollection<IpAddress> Addresses => _paths.Keys;

    internal uint IndexOf(IpAddress address) => _byAddress.GetValueOrDefault(address);

    internal void AddPath(IpAddress address, uint path)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_paths, address, out bool known).Add(path);
        if (!known)
        {
            Route(address);
        }
    }

    /// <summary>
    /// Asks again where an address is. Its paths keep their next hop while that is not known (null), so that flows go on while a restarted worker
    /// finds its feet; and where the map is full: false.
    /// </summary>
    internal bool Route(IpAddress address) => resolve(address) is not { } hop || Set(address, hop);

    internal void RemovePath(IpAddress address, uint path)
    {
        ref IdSet users = ref CollectionsMarshal.GetValueRefOrNullRef(_paths, address);
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref users) && users.Remove(path) && users.Count == 0)
        {
            _paths.Remove(address);
            if (_byAddress.Remove(address, out uint index))
            {
                _retired.Add(index);
            }
        }
    }

    private bool Set(IpAddress address, HopRow hop)
    {
        if (!_paths.TryGetValue(address, out IdSet users))
        {
            return true;
        }

        uint old = _byAddress.GetValueOrDefault(address);
        if (old != 0 && maps.Hops[old].SameAs(hop))
        {
            return true;
        }

        uint index = 0;
        if (hop.Kind != HopKind.None)
        {
            if (!_indexes.TryTake(out index))
            {
                return false;
            }

            maps.Hops[index] = hop;
            _byAddress[address] = index;
        }
        else
        {
            _byAddress.Remove(address);
        }

        foreach (uint path in users)
        {
            PathWord word = maps.ReadPath(path);
            maps.WritePath(path, new PathWord(word.Epoch, word.State, index));
        }

        if (old != 0)
        {
            _retired.Add(old);
        }

        return true;
    }

    /// <summary>Takes over an index that a pinned path uses.</summary>
    internal void Adopt(IpAddress address, uint path, uint index)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_paths, address, out _).Add(path);
        if (index != 0)
        {
            _byAddress.TryAdd(address, index);
            if (_adopted.Add(index))
            {
                _indexes.Reserve(index);
            }
        }
    }

    internal bool HasRetired => _retired.Count > 0;

    /// <summary>Makes retired indexes free; only when no program run that began before their retirement is left.</summary>
    internal void Release()
    {
        _retired.ForEach(_indexes.Return);
        _retired.Clear();
    }
}
