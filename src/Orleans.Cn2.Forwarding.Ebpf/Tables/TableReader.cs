using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Ecmp;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Layout;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>
/// Reads the tables back from the maps alone. What is not whole is left out, so that it shows as a difference: a services entry whose index,
/// tag or key is not its own, and, where slots are looked at, a frontend whose slots are not those that its paths make.
/// </summary>
/// <param name="maps">The maps.</param>
/// <param name="paths">The ids that may be in use.</param>
/// <param name="slots">Compares blocks.</param>
/// <param name="broken">Told of the index of each frontend that is left out for its slots.</param>
internal sealed class TableReader(TableMaps maps, PathBook paths, SlotBook slots, Action<uint> broken)
{
    private const int Slice = 4096;

    /// <summary>All services as their rows say. Slots are not looked at, which is what would take the time.</summary>
    internal IReadOnlyList<ServiceRead> ReadRows() => Read(shard: null, ReadFrontends(shard: null));

    /// <summary>Digest of the services of a shard, without frontends whose slots are not theirs.</summary>
    internal TableDigest ReadDigest(int shard) => Read(shard, ReadFrontends(shard).Where(HasItsSlots))
        .SelectMany(service => service.Frontends)
        .Aggregate(default(TableDigest), (sum, frontend) => sum + DigestOf(frontend.Key, frontend.Index, frontend.Paths));

    /// <summary>Digest of the rows of a frontend.</summary>
    internal TableDigest DigestOf(FrontendKey key, uint index, ReadOnlySpan<uint> ids)
    {
        Frontend row = RowOf(key, index);
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
    internal Frontend ToTable(FrontendRead read) => RowOf(read.Key, read.Index) with { Paths = [.. read.Paths.Select(paths.Read)] };

    /// <summary>The frontend itself, without paths.</summary>
    private Frontend RowOf(FrontendKey key, uint index)
    {
        ref FrontendRow row = ref maps.Frontends[index];
        return new Frontend(key.Address, key.Protocol, key.Port, row.Id, maps.ReadControl(index).Flags, row.AffinitySeconds, []);
    }

    private List<ServiceRead> Read(int? shard, IEnumerable<FrontendRead> found)
    {
        ILookup<Guid, FrontendRead> frontends = found.ToLookup(frontend => frontend.Owner);
        List<ServiceRead> services = [];
        foreach ((Uid16[] keys, OwnerRow[] values, int count) in maps.Owners.Slices<Uid16, OwnerRow>(Slice))
        {
            for (int i = 0; i < count; i++)
            {
                if (shard is null || values[i].Shard == (uint)shard)
                {
                    Guid uid = keys[i].ToGuid();
                    services.Add(new ServiceRead(uid, (int)values[i].Shard, values[i].Generation, values[i].ToName(), [.. frontends[uid]]));
                }
            }
        }

        return services;
    }

    private IEnumerable<FrontendRead> ReadFrontends(int? shard)
    {
        Dictionary<uint, FrontendKey> keys = [];
        foreach ((ServiceKeyRow[] rows, ServiceRow[] values, int count) in maps.Services.Slices<ServiceKeyRow, ServiceRow>(Slice))
        {
            for (int i = 0; i < count; i++)
            {
                if (rows[i].Protocol != 0 && IsWhole(rows[i], values[i], shard))
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

    private bool IsWhole(ServiceKeyRow key, ServiceRow value, int? shard)
    {
        if (value.Index >= (uint)maps.Frontends.Length)
        {
            return false;
        }

        ref FrontendRow row = ref maps.Frontends[value.Index];
        return (shard is null || row.Shard == (uint)shard) && maps.ReadControl(value.Index).Tag == value.Tag
            && row.Key.Address.ToAddress() == key.Address.ToAddress() && row.Key.Port == key.Port && row.Key.Protocol == key.Protocol;
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

    private bool HasItsSlots(FrontendRead read)
    {
        ControlWord word = maps.ReadControl(read.Index);
        ImmutableArray<EcmpPath> held = ImmutableCollectionsMarshal.AsImmutableArray(read.Paths.Select(paths.Read).ToArray());
        bool holds = EcmpGroup.Of(held) is { } group
            ? word.HasSlots && word.SizeClass == group.Class
                && slots.Holds(group, [.. read.Paths.Where((_, i) => held[i].State == PathState.Active)], new SlotRange(word.SlotBase, (uint)group.Slots))
            : !word.HasSlots;
        if (!holds)
        {
            broken(read.Index);
        }

        return holds;
    }
}
