using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Layout;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>What makes a path of a frontend the same path.</summary>
internal readonly record struct PathKey(IpAddress Address, ushort Port, ulong VmiId)
{
    internal static PathKey Of(EcmpPath path) => new(path.Address, path.Port, path.VmiId);
}

/// <summary>
/// Path ids. An id that is removed gets the next epoch, which ends its flows at once; it is given out again when a scan of both flow tables
/// that began after the removal has ended, so that no entry of its old meaning is left.
/// </summary>
internal sealed class PathBook(TableMaps maps, HopBook hops)
{
    private readonly IdPool _ids = new(first: 0, (uint)maps.Paths.Length);
    private readonly Queue<(uint Id, ulong Scan)> _removed = new();
    private ulong _scansBegun;
    private bool _ended;

    /// <summary>Ids of live paths and of removed ones that wait for a scan.</summary>
    internal int Used => _ids.Used;

    /// <summary>Removed ids that wait for a scan.</summary>
    internal int Waiting => _removed.Count;

    internal bool TryAdd(uint service, EcmpPath path, out uint id)
    {
        if (!_ids.TryTake(out id))
        {
            return false;
        }

        ref PathRow row = ref maps.Paths[id];
        row.Address = Address16.Of(path.Address);
        row.Port = NetworkShort.Of(path.Port);
        row.Weight = path.Weight;
        row.Service = service;
        row.Vmi = path.VmiId;
        hops.AddPath(path.Address, id);
        maps.Bloom.AddPath(row.Address, row.Port);
        maps.WritePath(id, new PathWord(maps.ReadPath(id).Epoch, path.State, hops.IndexOf(path.Address)));
        return true;
    }

    /// <summary>Gives back an id that no packet has met.</summary>
    internal void TakeBack(uint id)
    {
        End(id);
        _ids.Return(id);
    }

    internal void Set(uint id, EcmpPath path)
    {
        maps.Paths[id].Weight = path.Weight;
        PathWord word = maps.ReadPath(id);
        maps.WritePath(id, new PathWord(word.Epoch, path.State, word.Hop));
    }

    internal void Remove(uint id)
    {
        End(id);
        _ended = true;
        _removed.Enqueue((id, _scansBegun));
    }

    /// <summary>Tells that a scan begins: ids removed from now on wait for the next one.</summary>
    internal ulong BeginScan() => ++_scansBegun;

    /// <summary>Tells that a scan of both tables has ended.</summary>
    internal void EndScan(ulong scan)
    {
        while (_removed.TryPeek(out (uint Id, ulong Scan) first) && first.Scan < scan)
        {
            _ids.Return(_removed.Dequeue().Id);
        }
    }

    /// <summary>Takes over a live pinned path.</summary>
    internal void Adopt(uint id)
    {
        _ids.Reserve(id);
        ref PathRow row = ref maps.Paths[id];
        hops.Adopt(row.Address.ToAddress(), id, maps.ReadPath(id).Hop);
        maps.Bloom.AddPath(row.Address, row.Port);
    }

    /// <summary>Ends the pinned paths that were not taken over: no service has them.</summary>
    internal void EndOrphans()
    {
        foreach (uint id in ReadLive().Select(path => path.Id).Where(id => !_ids.IsReserved(id)).ToArray())
        {
            _ids.Reserve(id);
            Remove(id);
        }
    }

    /// <summary>The path of an id as the map has it.</summary>
    internal EcmpPath Read(uint id)
    {
        ref PathRow row = ref maps.Paths[id];
        return new EcmpPath(row.Address.ToAddress(), row.Port.Value, row.Weight, maps.ReadPath(id).State, row.Vmi);
    }

    /// <summary>Ids of live paths in ascending order, each with the index of the service it is of.</summary>
    internal IEnumerable<(uint Id, uint Service)> ReadLive()
    {
        // Nothing beyond was ever written, by this process or the one whose maps it took over.
        for (uint id = 0; id < (IsAdopting ? (uint)maps.Paths.Length : _ids.Bound); id++)
        {
            if (maps.ReadPath(id).State != 0)
            {
                yield return (id, maps.Paths[id].Service);
            }
        }
    }

    /// <summary>True until the paths of an earlier process, if there are any, are taken over.</summary>
    internal bool IsAdopting { get; set; }

    /// <summary>True when a path ended since this was last asked: a packet under way may still go there, until <see cref="Native.ReaderBarrier"/> says not.</summary>
    internal bool TakeEnded()
    {
        bool ended = _ended;
        _ended = false;
        return ended;
    }

    private void End(uint id)
    {
        hops.RemovePath(id);
        maps.Bloom.RemovePath(maps.Paths[id].Address, maps.Paths[id].Port);
        maps.WritePath(id, maps.ReadPath(id).Gone());
    }
}
