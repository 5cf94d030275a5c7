using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Ecmp;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Layout;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>
/// Reads the tables back from the maps. What is not whole is left out, so that it shows as a difference: a services entry whose index, tag or key is not its
/// own, and, where slots are looked at, a frontend whose slots are not those that its paths make; that one is not trusted any more.
/// </summary>
/// <param name="maps">The maps.</param>
/// <param name="paths">The ids that may be in use.</param>
/// <param name="slots">Compares blocks.</param>
internal sealed class TableReader(TableMaps maps, PathBook paths, SlotBook slots)
{
    private const int Slice = 4096;

    /// <summary>Blocks without a known hash that one reading of a shard looks at: 2,503 slots take 0.8 ms.</summary>
    private const int MostUnknown = 8;

    /// <summary>All services as their rows say. Slots are not looked at, which is what would take the time.</summary>
    internal IReadOnlyList<ServiceRead> ReadRows() => Read(ReadFrontends());

    /// <summary>
    /// Digest of what the maps hold of the services of a shard, without what is not whole. Where each row and block lies is known, so that a look at 1 of 64
    /// shards each second takes little; blocks of an earlier process, whose hash is not known, are looked at slot by slot, some at a time.
    /// </summary>
    internal TableDigest ReadDigest(int shard, IEnumerable<ServiceModel> services)
    {
        TableDigest sum = default;
        int unknown = 0;
        foreach (ServiceModel service in services.Where(service => service.Shard == shard))
        {
            if (!maps.Owners.TryGet(Uid16.Of(service.Uid), out OwnerRow owner) || owner.Shard != (uint)shard)
            {
                continue;
            }

            foreach (FrontendModel model in service.Frontends)
            {
                if (IsWhole(model) && (model.IsTrusted ? HoldsItsSlots(model) : unknown++ >= MostUnknown || IsProven(model)))
                {
                    sum += DigestOf(model.Key, model.Index, model.Paths);
                }
            }
        }

        return sum;
    }

    /// <summary>Digest of the rows of a frontend.</summary>
    internal TableDigest DigestOf(FrontendKey key, uint index, ReadOnlySpan<uint> ids)
    {
        Frontend row = maps.ReadFrontend(key, index);
        UInt128 sum = TableHash.OfFrontend(row);
        foreach (uint id in ids)
        {
            sum = unchecked(sum + TableHash.OfPath(row.Id, paths.Read(id)));
        }

        return new TableDigest(sum, 1 + (ulong)ids.Length);
    }

    /// <summary>A service as it was compiled, as far as the maps tell.</summary>
    internal ServiceTable ToTable(ServiceRead service) => new(service.Uid, service.Name, service.Generation,
        [.. service.Frontends.Select(ToTable).Order(Comparer<Frontend>.Create(FrontendOrder.Compare))]);

    /// <summary>A frontend as it was compiled.</summary>
    internal Frontend ToTable(FrontendRead read) => maps.ReadFrontend(read.Key, read.Index) with { Paths = [.. read.Paths.Select(paths.Read)] };

    private List<ServiceRead> Read(IEnumerable<FrontendRead> found)
    {
        ILookup<Guid, FrontendRead> frontends = found.ToLookup(frontend => frontend.Owner);
        List<ServiceRead> services = [];
        foreach ((Uid16[] keys, OwnerRow[] values, int count) in maps.Owners.Slices<Uid16, OwnerRow>(Slice))
        {
            for (int i = 0; i < count; i++)
            {
                Guid uid = keys[i].ToGuid();
                services.Add(new ServiceRead(uid, (int)values[i].Shard, values[i].Generation, values[i].ToName(), [.. frontends[uid]]));
            }
        }

        return services;
    }

    private IEnumerable<FrontendRead> ReadFrontends()
    {
        Dictionary<uint, FrontendKey> keys = [];
        foreach ((ServiceKeyRow[] rows, ServiceRow[] values, int count) in maps.Services.Slices<ServiceKeyRow, ServiceRow>(Slice))
        {
            for (int i = 0; i < count; i++)
            {
                if (rows[i].Protocol != 0 && IsWhole(rows[i], values[i]))
                {
                    keys[values[i].Index] = new FrontendKey(rows[i].Address.ToAddress(), (TransportProtocol)rows[i].Protocol, rows[i].Port.Value);
                }
            }
        }

        // Grouped by counting: there may be hundreds of thousands of paths.
        int[] counts = new int[maps.Frontends.Length];
        foreach ((_, uint service) in Live())
        {
            counts[service]++;
        }

        Dictionary<uint, uint[]> ids = keys.Keys.ToDictionary(index => index, index => new uint[counts[index]]);
        foreach ((uint id, uint service) in Live())
        {
            // A path that came in between waits for the next reading.
            if (ids.TryGetValue(service, out uint[]? of) && counts[service] > 0)
            {
                of[^counts[service]--] = id;
            }
        }

        return keys.Select(key => new FrontendRead(maps.Frontends[key.Key].Owner.ToGuid(), key.Value, key.Key, InOrder(ids[key.Key])));
    }

    private IEnumerable<(uint Id, uint Service)> Live() => paths.ReadLive().Where(path => path.Service < (uint)maps.Frontends.Length);

    private bool IsWhole(ServiceKeyRow key, ServiceRow value)
    {
        if (value.Index >= (uint)maps.Frontends.Length)
        {
            return false;
        }

        ref FrontendRow row = ref maps.Frontends[value.Index];
        return maps.ReadControl(value.Index).Tag == value.Tag
            && row.Key.Address.ToAddress() == key.Address.ToAddress() && row.Key.Port == key.Port && row.Key.Protocol == key.Protocol;
    }

    /// <summary>True when its key leads to the frontend, and to no other's row.</summary>
    private bool IsWhole(FrontendModel model)
    {
        ServiceKeyRow key = model.Key.ToRow();
        ref FrontendRow row = ref maps.Frontends[model.Index];
        return maps.Services.TryGet(key, out ServiceRow value) && value.Index == model.Index && IsWhole(key, value)
            && row.Owner.ToGuid() == model.Owner.Uid && row.Shard == (uint)model.Owner.Shard;
    }

    private bool HoldsItsSlots(FrontendModel model)
    {
        ControlWord word = maps.ReadControl(model.Index);
        bool leadsToBlock = word.HasSlots
            ? word.SlotBase == model.Block.Start && word.SizeClass < SizeClass.Count && (uint)SizeClass.SlotsOf(word.SizeClass) == model.Block.Length
            : model.Block.Length == 0;
        model.IsTrusted = leadsToBlock && slots.HashOf(model.Block) == model.SlotsHash;
        return model.IsTrusted;
    }

    /// <summary>Looks whether the slots are those that the paths make; if so their hash is known from now on.</summary>
    private bool IsProven(FrontendModel model)
    {
        ImmutableArray<EcmpPath> held = ImmutableCollectionsMarshal.AsImmutableArray(model.Paths.Select(paths.Read).ToArray());
        EcmpGroup? group = EcmpGroup.Of(held);
        if (group is null ? model.Block.Length > 0 : !slots.Holds(group, [.. model.Paths.Where((_, i) => held[i].State == PathState.Active)], model.Block))
        {
            return false;
        }

        (model.Group, model.SlotsHash) = (group?.ContentHash ?? 0, slots.HashOf(model.Block));
        return HoldsItsSlots(model);
    }

    private uint[] InOrder(uint[] ids)
    {
        EcmpPath[] read = [.. ids.Select(paths.Read)];
        if (!PathOrder.IsSorted(read))
        {
            Array.Sort(read, ids, Comparer<EcmpPath>.Create(PathOrder.Compare));
        }

        return ids;
    }
}
