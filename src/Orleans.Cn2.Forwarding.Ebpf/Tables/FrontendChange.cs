using Orleans.Cn2.Core.Ecmp;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Layout;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>
/// The change of one frontend in two steps: <see cref="TryPrepare"/> takes and writes what is new, where no packet looks; <see cref="Commit"/>
/// leads packets to it and can't fail.
/// </summary>
internal sealed class FrontendChange(TableMaps maps, PathBook paths, SlotBook slots, FrontendModel model, Frontend table, bool isNew)
{
    private readonly List<(PathKey Key, uint Id)> _added = [];
    private readonly EcmpGroup? _group = EcmpGroup.Of(table.Paths);
    private SlotRange _block;
    private bool _newBlock;

    internal FrontendModel Model => model;

    internal Frontend Table => table;

    internal bool IsNew => isNew;

    /// <summary>Null, or what is short.</summary>
    internal string? TryPrepare()
    {
        Dictionary<PathKey, uint> ids = new(model.Paths);
        foreach (EcmpPath path in table.Paths)
        {
            PathKey key = PathKey.Of(path);
            if (ids.ContainsKey(key))
            {
                continue;
            }

            if (!paths.TryAdd(model.Index, path, out uint id))
            {
                return $"all {maps.Paths.Length} path ids are in use";
            }

            _added.Add((key, id));
            ids.Add(key, id);
        }

        EcmpGroup? previous = isNew ? null : EcmpGroup.Of(model.Table.Paths);
        if (previous?.ContentHash == _group?.ContentHash && !isNew && (model.IsTrusted || _group is null || slots.Holds(_group, ids, model.Block)))
        {
            model.IsTrusted = true;
            _block = model.Block;
            return null;
        }

        _newBlock = true;
        return _group is not null && !slots.TryWrite(_group, ids, out _block)
            ? $"no run of {_group.Slots} slots is free ({slots.Used} of {slots.Capacity} in use)"
            : null;
    }

    /// <summary>Gives back what was prepared.</summary>
    internal void TakeBack()
    {
        _added.ForEach(added => paths.TakeBack(added.Id));
        if (_newBlock)
        {
            slots.TakeBack(_block);
        }
    }

    /// <summary>Leads packets to the new state. Paths become selectable before the slots name them, and stop after.</summary>
    internal void Commit(ServiceModel service, ushort tag)
    {
        _added.ForEach(added => model.Paths.Add(added.Key, added.Id));
        SetStates(active: true);
        ref FrontendRow row = ref maps.Frontends[model.Index];
        bool turnsAffinityOn = HasAffinity(table) && (isNew || !HasAffinity(model.Table));
        row = row with
        {
            Key = FrontendKey.Of(table).ToRow(),
            Shard = (uint)service.Shard,
            Id = table.Id,
            Owner = Uid16.Of(service.Uid),
            AffinitySeconds = table.AffinitySeconds,
            Flags = (ushort)table.Flags,
            AffinityGeneration = (ushort)(row.AffinityGeneration + (turnsAffinityOn ? 1 : 0)),
        };
        maps.WriteControl(
            model.Index,
            new ControlWord(_block.Start, _group is null ? ControlWord.NoSlots : (byte)_group.Class, table.Flags, tag));
        if (isNew)
        {
            maps.Services.Set(FrontendKey.Of(table).ToRow(), new ServiceRow { Index = model.Index, Tag = tag });
        }

        SetStates(active: false);
        HashSet<PathKey> kept = [.. table.Paths.Select(PathKey.Of)];
        foreach ((PathKey key, uint id) in model.Paths.Where(path => !kept.Contains(path.Key)).ToArray())
        {
            model.Paths.Remove(key);
            paths.Remove(id);
        }

        if (_newBlock)
        {
            slots.Retire(model.Block);
            model.Block = _block;
            model.IsTrusted = true;
        }

        model.Table = table;
    }

    private static bool HasAffinity(Frontend frontend) => frontend.Flags.HasFlag(FrontendFlags.ClientIpAffinity);

    private void SetStates(bool active)
    {
        foreach (EcmpPath path in table.Paths.Where(path => path.State == PathState.Active == active))
        {
            paths.Set(model.Paths[PathKey.Of(path)], path);
        }
    }
}
