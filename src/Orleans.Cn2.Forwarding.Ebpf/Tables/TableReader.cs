using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Ecmp;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Layout;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>A frontend read back from the maps, with where it lies.</summary>
internal sealed record FrontendRead(Guid Owner, int Shard, uint Index, ControlWord Word, Frontend Table, IReadOnlyDictionary<PathKey, uint> Paths);

/// <summary>A service read back from the maps.</summary>
internal sealed record ServiceRead(Guid Uid, int Shard, ulong Generation, NamespacedName Name, ImmutableArray<FrontendRead> Frontends)
{
    internal ServiceTable ToTable() => new(Uid, Name, Generation,
        [.. Frontends.Select(frontend => frontend.Table)
            .OrderBy(frontend => frontend.Address).ThenBy(frontend => frontend.Protocol).ThenBy(frontend => frontend.Port)]);
}

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

    /// <summary>The services of a shard, their slots included.</summary>
    internal IReadOnlyList<ServiceRead> Read(int shard) => Read(shard, ReadFrontends(shard).Where(HasItsSlots));

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
        Dictionary<uint, (ServiceKeyRow Key, List<uint> Paths)> rows = [];
        foreach ((ServiceKeyRow[] keys, ServiceRow[] values, int count) in maps.Services.Slices<ServiceKeyRow, ServiceRow>(Slice))
        {
            for (int i = 0; i < count; i++)
            {
                if (keys[i].Protocol != 0 && IsWhole(keys[i], values[i], shard))
                {
                    rows[values[i].Index] = (keys[i], []);
                }
            }
        }

        foreach ((uint id, uint service) in paths.ReadLive())
        {
            if (rows.TryGetValue(service, out (ServiceKeyRow Key, List<uint> Paths) row))
            {
                row.Paths.Add(id);
            }
        }

        return rows.Select(row => Read(row.Key, row.Value.Key, row.Value.Paths));
    }

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

    private FrontendRead Read(uint index, ServiceKeyRow key, List<uint> live)
    {
        FrontendRow row = maps.Frontends[index];
        ControlWord word = maps.ReadControl(index);
        EcmpPath[] ordered = [.. live.Select(paths.Read)];
        Dictionary<PathKey, uint> ids = new(ordered.Length);
        for (int i = 0; i < ordered.Length; i++)
        {
            ids[PathKey.Of(ordered[i])] = live[i];
        }

        Array.Sort(ordered, PathOrder.Compare);
        Frontend table = new(
            key.Address.ToAddress(), (TransportProtocol)key.Protocol, key.Port.Value, row.Id, word.Flags, row.AffinitySeconds,
            ImmutableCollectionsMarshal.AsImmutableArray(ordered));
        return new FrontendRead(row.Owner.ToGuid(), (int)row.Shard, index, word, table, ids);
    }

    private bool HasItsSlots(FrontendRead read)
    {
        bool holds = EcmpGroup.Of(read.Table.Paths) is { } group
            ? read.Word.HasSlots && read.Word.SizeClass == group.Class && slots.Holds(group, read.Paths, new SlotRange(read.Word.SlotBase, (uint)group.Slots))
            : !read.Word.HasSlots;
        if (!holds)
        {
            broken(read.Index);
        }

        return holds;
    }
}
