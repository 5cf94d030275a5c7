using System.Collections.Immutable;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Ecmp;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Layout;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>A frontend read back from the maps, with where it lies.</summary>
internal sealed record FrontendRead(Guid Owner, int Shard, uint Index, ControlWord Word, Frontend Table, ImmutableDictionary<PathKey, uint> Paths);

/// <summary>A service read back from the maps.</summary>
internal sealed record ServiceRead(Guid Uid, int Shard, ulong Generation, NamespacedName Name, ImmutableArray<FrontendRead> Frontends)
{
    internal ServiceTable ToTable() => new(Uid, Name, Generation,
        [.. Frontends.Select(frontend => frontend.Table)
            .OrderBy(frontend => frontend.Address).ThenBy(frontend => frontend.Protocol).ThenBy(frontend => frontend.Port)]);
}

/// <summary>
/// Reads the tables back from the maps alone. What is not whole is left out, so that it shows as a difference: a services entry whose index,
/// tag or key is not its own, and a frontend whose slots are not those that its paths make.
/// </summary>
internal sealed class TableReader(TableMaps maps, PathBook paths, SlotBook slots)
{
    private const int Slice = 4096;

    /// <param name="shard">The shard to read; null: all. Comparing slots is what takes the time, so others' are not looked at.</param>
    internal IReadOnlyList<ServiceRead> Read(int? shard = null)
    {
        ILookup<uint, uint> live = paths.ReadLive();
        ILookup<Guid, FrontendRead> frontends = ReadFrontends(live, shard).ToLookup(frontend => frontend.Owner);
        List<ServiceRead> services = [];
        foreach ((Uid16[] keys, OwnerRow[] values, int count) in maps.Owners.Slices<Uid16, OwnerRow>(Slice))
        {
            for (int i = 0; i < count; i++)
            {
                if (shard is { } one && values[i].Shard != (uint)one)
                {
                    continue;
                }

                Guid uid = keys[i].ToGuid();
                services.Add(new ServiceRead(uid, (int)values[i].Shard, values[i].Generation, values[i].ToName(), [.. frontends[uid]]));
            }
        }

        return services;
    }

    private IEnumerable<FrontendRead> ReadFrontends(ILookup<uint, uint> live, int? shard)
    {
        foreach ((ServiceKeyRow[] keys, ServiceRow[] values, int count) in maps.Services.Slices<ServiceKeyRow, ServiceRow>(Slice))
        {
            for (int i = 0; i < count; i++)
            {
                if (keys[i].Protocol != 0 && Read(keys[i], values[i], live, shard) is { } frontend)
                {
                    yield return frontend;
                }
            }
        }
    }

    private FrontendRead? Read(ServiceKeyRow key, ServiceRow value, ILookup<uint, uint> live, int? shard)
    {
        if (value.Index >= (uint)maps.Frontends.Length)
        {
            return null;
        }

        FrontendRow row = maps.Frontends[value.Index];
        ControlWord word = maps.ReadControl(value.Index);
        IpAddress address = key.Address.ToAddress();
        if (shard is { } one && row.Shard != (uint)one)
        {
            return null;
        }

        if (word.Tag != value.Tag || row.Key.Address.ToAddress() != address || row.Key.Port != key.Port || row.Key.Protocol != key.Protocol)
        {
            return null;
        }

        ImmutableDictionary<PathKey, uint> ids = live[value.Index].ToImmutableDictionary(id => PathKey.Of(paths.Read(id)));
        Frontend table = new(
            address, (TransportProtocol)key.Protocol, key.Port.Value, row.Id, word.Flags, row.AffinitySeconds,
            [.. ids.Values.Select(paths.Read).Order(Comparer<EcmpPath>.Create(PathOrder.Compare))]);
        return HasItsSlots(word, table, ids) ? new FrontendRead(row.Owner.ToGuid(), (int)row.Shard, value.Index, word, table, ids) : null;
    }

    private bool HasItsSlots(ControlWord word, Frontend table, ImmutableDictionary<PathKey, uint> ids) =>
        EcmpGroup.Of(table.Paths) is { } group
            ? word.HasSlots && word.SizeClass == group.Class && slots.Holds(group, ids, new SlotRange(word.SlotBase, (uint)group.Slots))
            : !word.HasSlots;
}
