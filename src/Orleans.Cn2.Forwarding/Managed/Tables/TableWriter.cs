using System.Collections.Immutable;
using Orleans.Cn2.Core.Ecmp;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Managed.Tables;

/// <summary>
/// Applies changes: each Service as a whole or, when a rule of <see cref="TableRules"/> refuses it, nothing of it but what it no longer has.
/// </summary>
internal sealed class TableWriter(PathRegistry paths, FrontendCounters counters, Func<EcmpPath, NextHop> hopOf)
{
    private readonly SlotBlocks _blocks = new();
    private ulong _affinityGenerations;
    private ImmutableDictionary<FrontendKey, FrontendEntry>.Builder _frontends = ServiceSnapshot.Empty.Frontends.ToBuilder();
    private ImmutableDictionary<MappedAddress, int>.Builder _allocated = ServiceSnapshot.Empty.Allocated.ToBuilder();
    private ImmutableDictionary<Guid, HeldService>.Builder _services = ServiceSnapshot.Empty.Services.ToBuilder();

    /// <summary>Slots in use.</summary>
    public long Slots => _blocks.Slots;

    /// <summary>Applies a change to a snapshot and answers the next one and what was refused.</summary>
    public (ServiceSnapshot Next, ImmutableArray<Rejection> Rejections) Apply(ServiceSnapshot current, TableChange change)
    {
        (_frontends, _allocated, _services) = (current.Frontends.ToBuilder(), current.Allocated.ToBuilder(), current.Services.ToBuilder());
        foreach (Guid uid in Leaving(change))
        {
            Remove(uid);
        }

        ImmutableArray<Rejection> rejections = Put(change.Shard, change.Upserts);
        return (new ServiceSnapshot(_frontends.ToImmutable(), _allocated.ToImmutable(), _services.ToImmutable()), rejections);
    }

    private List<Guid> Leaving(TableChange change)
    {
        HashSet<Guid> staying = [.. change.Upserts.Select(table => table.Uid)];
        List<Guid> leaving = [.. change.Deletes.Where(uid => !staying.Contains(uid))];
        if (change.Complete)
        {
            leaving.AddRange(_services.Where(held => held.Value.Shard == change.Shard && !staying.Contains(held.Key)).Select(held => held.Key));
        }

        return leaving;
    }

    // A FloatingIP may move from one service of the change to another: who waits for it is tried again while others make progress.
    private ImmutableArray<Rejection> Put(int shard, ImmutableArray<ServiceTable> tables)
    {
        List<(ServiceTable Table, string Cause)> refused;
        IReadOnlyList<ServiceTable> waiting = tables;
        int before;
        do
        {
            before = waiting.Count;
            refused = [];
            foreach (ServiceTable table in waiting)
            {
                ImmutableArray<FrontendEntry> own = _services.TryGetValue(table.Uid, out HeldService? held) ? held.Frontends : [];
                if (TableRules.Refuse(table, _frontends, own) is { } cause)
                {
                    refused.Add((table, cause));
                    continue;
                }

                Replace(shard, table, own);
            }

            waiting = [.. refused.Select(each => each.Table)];
        }
        while (waiting.Count > 0 && waiting.Count < before);
        return [.. refused.Select(each => new Rejection(each.Table.Uid, each.Table.Name, each.Cause, Reduce(each.Table)))];
    }

    /// <summary>Ends what a refused table no longer has, and answers the digest of what is held then.</summary>
    private TableDigest Reduce(ServiceTable refused)
    {
        if (!_services.TryGetValue(refused.Uid, out HeldService? held))
        {
            return default;
        }

        ServiceTable reduced = TableReduction.Of(held.Table, refused);
        if (reduced != held.Table)
        {
            Replace(held.Shard, reduced, held.Frontends);
        }

        return TableDigest.Of(reduced);
    }

    private void Replace(int shard, ServiceTable table, ImmutableArray<FrontendEntry> own)
    {
        Dictionary<FrontendKey, FrontendEntry> old = own.ToDictionary(entry => entry.Key);
        ImmutableArray<FrontendEntry>.Builder entries = ImmutableArray.CreateBuilder<FrontendEntry>(table.Frontends.Length);
        foreach (Frontend frontend in table.Frontends)
        {
            FrontendKey key = FrontendKey.Of(frontend);
            bool stays = old.Remove(key, out FrontendEntry? previous) && previous.Frontend.Id == frontend.Id;
            if (!stays && previous is not null)
            {
                Remove(previous);
            }

            FrontendEntry entry = Build(key, table, frontend, stays ? previous : null);
            if (!stays)
            {
                _allocated[key.Address] = _allocated.GetValueOrDefault(key.Address) + 1;
            }

            _frontends[key] = entry;
            entries.Add(entry);
        }

        foreach (FrontendEntry gone in old.Values)
        {
            Remove(gone);
        }

        _services[table.Uid] = new HeldService(shard, table, entries.MoveToImmutable());
    }

    private FrontendEntry Build(FrontendKey key, ServiceTable table, Frontend frontend, FrontendEntry? previous)
    {
        int index = previous?.Index ?? counters.Take(frontend.Id);
        Dictionary<(MappedAddress, ushort, ulong), int> known = [];
        if (previous is not null)
        {
            foreach (int id in previous.PathIds)
            {
                known.Add(Identity(paths[id].Path), id);
            }
        }

        ImmutableArray<int>.Builder ids = ImmutableArray.CreateBuilder<int>(frontend.Paths.Length);
        ImmutableArray<int>.Builder selectable = ImmutableArray.CreateBuilder<int>();
        foreach (EcmpPath path in frontend.Paths)
        {
            if (known.Remove(Identity(path), out int id))
            {
                paths.Update(id, path, index);
            }
            else
            {
                id = paths.Add(path, index, hopOf(path));
            }

            ids.Add(id);
            if (path.State == PathState.Active)
            {
                selectable.Add(id);
            }
        }

        foreach (int id in known.Values)
        {
            paths.Retire(id);
        }

        SlotBlock? block = EcmpGroup.Of(frontend.Paths) is { } group ? _blocks.Take(group) : null;
        _blocks.Release(previous?.Block);
        return new FrontendEntry(key, table.Name, frontend, index, ids.MoveToImmutable(), selectable.ToImmutable(), block, AffinityOf(frontend, previous));
    }

    private ulong AffinityOf(Frontend frontend, FrontendEntry? previous) =>
        (frontend.Flags & FrontendFlags.ClientIpAffinity) == 0 ? 0
        : previous is { AffinityGeneration: > 0 and ulong current } ? current
        : ++_affinityGenerations;

    private void Remove(Guid uid)
    {
        if (_services.TryGetValue(uid, out HeldService? held))
        {
            foreach (FrontendEntry entry in held.Frontends)
            {
                Remove(entry);
            }

            _services.Remove(uid);
        }
    }

    private void Remove(FrontendEntry entry)
    {
        foreach (int id in entry.PathIds)
        {
            paths.Retire(id);
        }

        _blocks.Release(entry.Block);
        counters.Release(entry.Index);
        _frontends.Remove(entry.Key);
        int left = _allocated[entry.Key.Address] - 1;
        if (left == 0)
        {
            _allocated.Remove(entry.Key.Address);
        }
        else
        {
            _allocated[entry.Key.Address] = left;
        }
    }

    private static (MappedAddress Address, ushort Port, ulong Vmi) Identity(in EcmpPath path) =>
        (MappedAddress.Of(path.Address), path.Port, path.VmiId);
}
