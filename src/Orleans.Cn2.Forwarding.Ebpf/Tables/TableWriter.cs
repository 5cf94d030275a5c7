using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>
/// Writes services into the maps while packets read them. Everything new is written before one 64-bit store leads to it; everything old is
/// reused only after <see cref="ReaderBarrier"/>. A service that does not fit leaves its previous state as it was, without what it no longer has.
/// </summary>
internal sealed partial class TableWriter
{
    /// <summary>Part of the slots that may lie unused until the next period.</summary>
    private const uint MostRetired = 8;

    private readonly TableMaps _maps;
    private readonly IdPool _indexes;
    private readonly Dictionary<Guid, ServiceModel> _services = [];
    private readonly Dictionary<FrontendKey, FrontendModel> _frontends = [];
    private readonly Dictionary<IpAddress, int> _addresses = [];
    private readonly List<uint> _retiredIndexes = [];
    private ushort _lastTag;

    internal TableWriter(TableMaps maps, Func<IpAddress, NextHop?> resolve)
    {
        _maps = maps;
        _indexes = new IdPool(first: 0, (uint)maps.Control.Length);
        Hops = new HopBook(maps, resolve);
        Paths = new PathBook(maps, Hops);
        Slots = new SlotBook(maps);
    }

    internal HopBook Hops { get; }

    internal PathBook Paths { get; }

    internal SlotBook Slots { get; }

    internal IReadOnlyCollection<ServiceModel> Services => _services.Values;

    /// <summary>Applies a change service by service; lists those that could not be programmed.</summary>
    internal ImmutableArray<Rejection> Apply(TableChange change)
    {
        HashSet<Guid> kept = [.. change.Upserts.Select(table => table.Uid)];
        IEnumerable<Guid> deletes = change.Complete
            ? _services.Values.Where(service => service.Shard == change.Shard && !kept.Contains(service.Uid)).Select(service => service.Uid).ToArray()
            : change.Deletes.Where(uid => !kept.Contains(uid));
        foreach (Guid uid in deletes)
        {
            Delete(uid);
        }

        ImmutableArray<Rejection>.Builder rejections = ImmutableArray.CreateBuilder<Rejection>();
        foreach (ServiceTable table in InOrderOfClaims(change.Upserts))
        {
            string? cause = TryUpsert(change.Shard, table);
            if (cause is not null && HasRetired)
            {
                Settle();
                cause = TryUpsert(change.Shard, table);
            }

            if (cause is not null && (cause = TryUpsert(change.Shard, table, inPlace: true)) is not null)
            {
                rejections.Add(new Rejection(table.Uid, table.Name, cause, Reduce(table)));
            }
        }

        // A removal that is acknowledged means that no packet goes there any more, not even one under way. All else can wait for the next period: the
        // barrier takes 8 ms.
        if (Paths.TakeEnded() || Slots.Retired > Slots.Capacity / MostRetired)
        {
            Settle();
        }

        return rejections.ToImmutable();
    }

    private bool HasRetired => _retiredIndexes.Count > 0 || Slots.HasRetired || Hops.HasRetired;

    /// <summary>Waits until every packet is handled by what is written, and makes what is no longer in use free.</summary>
    internal void Settle()
    {
        if (!HasRetired)
        {
            return;
        }

        ReaderBarrier.Wait();
        _retiredIndexes.ForEach(_indexes.Return);
        _retiredIndexes.Clear();
        Slots.Release();
        Hops.Release();
    }

    /// <summary>Tells that a scan of both flow tables begins, and returns its number.</summary>
    internal ulong BeginScan()
    {
        _maps.Bloom.BeginScan();
        return Paths.BeginScan();
    }

    /// <summary>Tells that a scan has ended: what was removed before it began has no flows any more.</summary>
    internal void EndScan(ulong scan)
    {
        Paths.EndScan(scan);
        _maps.Bloom.EndScan(bloom =>
        {
            foreach (IpAddress address in _addresses.Keys)
            {
                bloom.AddFrontend(Address16.Of(address));
            }

            foreach ((uint id, _) in Paths.ReadLive())
            {
                bloom.AddPath(_maps.Paths[id].Address, _maps.Paths[id].Port);
            }
        });
    }

    /// <summary>A service that gives a frontend up comes before the one that takes it over in the same change.</summary>
    private IEnumerable<ServiceTable> InOrderOfClaims(ImmutableArray<ServiceTable> upserts) =>
        upserts.OrderBy(table => table.Frontends.Any(frontend =>
            _frontends.TryGetValue(FrontendKey.Of(frontend), out FrontendModel? held) && held.Owner.Uid != table.Uid));

    /// <summary>Ends what a refused table no longer has, so that no packet goes there for want of room, and answers the digest of what is held then.</summary>
    private TableDigest Reduce(ServiceTable refused)
    {
        if (!_services.TryGetValue(refused.Uid, out ServiceModel? service))
        {
            return default;
        }

        ulong generation = _maps.Owners.TryGet(Uid16.Of(service.Uid), out OwnerRow owner) ? owner.Generation : refused.Generation;
        ServiceTable held = new(service.Uid, service.Name, generation, [.. service.Frontends.Select(model => _maps.ReadFrontend(model.Key, model.Index) with
        {
            Paths = [.. model.Paths.Select(Paths.Read)],
        })]);
        ServiceTable reduced = TableReduction.Of(held, refused);

        // It fits where nobody else wrote into the maps; the audit tells of what somebody did.
        return reduced == held || TryUpsert(service.Shard, reduced, inPlace: true) is null ? TableDigest.Of(reduced) : TableDigest.Of(held);
    }

    private string? TryUpsert(int shard, ServiceTable table, bool inPlace = false)
    {
        if (Refuse(table) is { } cause)
        {
            return cause;
        }

        bool known = _services.TryGetValue(table.Uid, out ServiceModel? service);
        if (known && service!.Shard != shard)
        {
            return $"is in shard {service.Shard} already";
        }

        service ??= new ServiceModel(table.Uid, table.Name, shard);
        List<FrontendChange> changes = [];
        if (Prepare(service, table, inPlace, changes) is { } shortage)
        {
            TakeBack(changes);
            return shortage;
        }

        if (!_maps.Owners.TrySet(Uid16.Of(table.Uid), OwnerRow.Of(shard, table.Generation, table.Name)))
        {
            TakeBack(changes);
            return "map owners is full";
        }

        Commit(service, changes);
        _services[table.Uid] = service;
        return null;
    }

    private string? Prepare(ServiceModel service, ServiceTable table, bool inPlace, List<FrontendChange> changes)
    {
        foreach (Frontend frontend in table.Frontends)
        {
            FrontendKey key = FrontendKey.Of(frontend);
            bool isNew = !_frontends.TryGetValue(key, out FrontendModel? model);
            if (isNew)
            {
                if (!_indexes.TryTake(out uint index))
                {
                    return $"all {_maps.Control.Length} service indexes are in use";
                }

                model = new FrontendModel(service, key, index);
            }

            FrontendChange change = new(_maps, Paths, Slots, model!, InOrder(frontend), isNew, inPlace);
            changes.Add(change);
            if (change.TryPrepare() is { } shortage)
            {
                return shortage;
            }
        }

        return null;
    }

    private void TakeBack(List<FrontendChange> changes)
    {
        foreach (FrontendChange change in changes)
        {
            change.TakeBack();
            if (change.IsNew)
            {
                _indexes.Return(change.Model.Index);
            }
        }
    }

    private void Commit(ServiceModel service, List<FrontendChange> changes)
    {
        foreach (FrontendChange change in changes)
        {
            FrontendModel model = change.Model;
            ushort tag = _maps.ReadControl(model.Index).Tag;
            if (change.IsNew)
            {
                HoldAddress(model.Key.Address);
                Counters.Clear(_maps.ServiceCounts, model.Index);
                _frontends.Add(model.Key, model);
            }

            if (change.IsNew || tag == 0)
            {
                tag = ++_lastTag == 0 ? ++_lastTag : _lastTag;
            }

            change.Commit(service.Shard, tag);
        }

        FrontendModel[] kept = [.. changes.Select(change => change.Model)];
        foreach (FrontendModel gone in service.Frontends.Except(kept))
        {
            RemoveFrontend(gone);
        }

        service.Frontends = kept;
    }

    private static Frontend InOrder(Frontend frontend) =>
        PathOrder.IsSorted(frontend.Paths.AsSpan()) ? frontend : frontend with { Paths = frontend.Paths.Sort(PathOrder.Compare) };

    private string? Refuse(ServiceTable table)
    {
        HashSet<FrontendKey> seen = [];
        foreach (Frontend frontend in table.Frontends)
        {
            FrontendKey key = FrontendKey.Of(frontend);
            if (!seen.Add(key))
            {
                return $"{key} is listed twice";
            }

            if (_frontends.TryGetValue(key, out FrontendModel? held) && held.Owner.Uid != table.Uid)
            {
                return $"{key} belongs to {held.Owner.Name} ({held.Owner.Uid})";
            }

            if (!PathOrder.IsSorted(InOrder(frontend).Paths.AsSpan()))
            {
                return $"{key} lists a path twice";
            }
        }

        return null;
    }

    private void Delete(Guid uid)
    {
        if (!_services.Remove(uid, out ServiceModel? service))
        {
            return;
        }

        foreach (FrontendModel frontend in service.Frontends)
        {
            RemoveFrontend(frontend);
        }

        _maps.Owners.Remove(Uid16.Of(uid));
    }

    private void RemoveFrontend(FrontendModel frontend)
    {
        FrontendKey key = frontend.Key;
        _maps.Services.Remove(key.ToRow());
        _maps.WriteControl(frontend.Index, default);
        foreach (uint id in frontend.Paths)
        {
            Paths.Remove(id);
        }

        Slots.Retire(frontend.Block);
        _retiredIndexes.Add(frontend.Index);
        _frontends.Remove(key);
        ReleaseAddress(key.Address);
    }

    private void ReleaseAddress(IpAddress address)
    {
        if (--_addresses[address] == 0)
        {
            _addresses.Remove(address);
            _maps.Bloom.RemoveFrontend(Address16.Of(address));
            _maps.Services.Remove(ServiceKeyRow.OfAddress(address));
        }
    }

    private void HoldAddress(IpAddress address)
    {
        int holders = _addresses.GetValueOrDefault(address);
        if (holders == 0)
        {
            _maps.Bloom.AddFrontend(Address16.Of(address));
            _maps.Services.Set(ServiceKeyRow.OfAddress(address), default(ServiceRow));
        }

        _addresses[address] = holders + 1;
    }
}
