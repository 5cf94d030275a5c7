using Orleans.Cn2.Core.Ecmp;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Layout;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>
/// The change of one frontend in two steps: <see cref="TryPrepare"/> takes and writes what is new, where no packet looks; <see cref="Commit"/>
/// leads packets to it and can't fail.
/// </summary>
/// <param name="maps">The maps.</param>
/// <param name="paths">Their path ids.</param>
/// <param name="slots">Their slots.</param>
/// <param name="model">The frontend as it is; a new one has nothing yet.</param>
/// <param name="table">As it is to be, its paths in canonical order.</param>
/// <param name="isNew">True when no packet finds it yet.</param>
/// <param name="inPlace">
/// True where a block that no run is free for may be written over the one in use, if it is no larger: packets meet slots of both meanwhile, each of a path
/// that is there.
/// </param>
internal sealed class FrontendChange(
    TableMaps maps, PathBook paths, SlotBook slots, FrontendModel model, Frontend table, bool isNew, bool inPlace)
{
    private readonly List<uint> _added = [];
    private readonly EcmpGroup? _group = EcmpGroup.Of(table.Paths);
    private readonly uint[] _ids = new uint[table.Paths.Length];
    private uint[] _members = [];
    private SlotRange _block;
    private bool _newBlock;
    private bool _overwrites;

    internal FrontendModel Model => model;

    internal Frontend Table => table;

    internal bool IsNew => isNew;

    /// <summary>Null, or what is short.</summary>
    internal string? TryPrepare()
    {
        Dictionary<PathKey, uint> held = new(model.Paths.Length);
        foreach (uint id in model.Paths)
        {
            held.TryAdd(PathKey.Of(paths.Read(id)), id);
        }

        bool sameMembers = true;
        for (int i = 0; i < _ids.Length; i++)
        {
            EcmpPath path = table.Paths[i];
            if (held.TryGetValue(PathKey.Of(path), out _ids[i]))
            {
                continue;
            }

            if (!paths.TryAdd(model.Index, path, out _ids[i]))
            {
                return $"all {maps.Paths.Length} path ids are in use";
            }

            _added.Add(_ids[i]);
            sameMembers &= path.State != PathState.Active;
        }

        // The ids of the group's paths, in its order, which is that of the table.
        _members = [.. _ids.Where((_, i) => table.Paths[i].State == PathState.Active)];
        if (!isNew && sameMembers && HoldsGroup(_members))
        {
            _block = model.Block;
            return null;
        }

        if (_group is null || slots.TryWrite(_group, _members, out _block))
        {
            _newBlock = true;
            return null;
        }

        if (inPlace && _group.Slots <= model.Block.Length)
        {
            _block = model.Block with { Length = (uint)_group.Slots };
            _overwrites = true;
            return null;
        }

        return $"no run of {_group.Slots} slots is free ({slots.Used} of {slots.Capacity} in use)";
    }

    /// <summary>Gives back what was prepared.</summary>
    internal void TakeBack()
    {
        _added.ForEach(paths.TakeBack);
        if (_newBlock)
        {
            slots.TakeBack(_block);
        }
    }

    /// <summary>Leads packets to the new state. Paths become selectable before the slots name them, and stop after.</summary>
    internal void Commit(int shard, ushort tag)
    {
        SetStates(active: true);
        if (_overwrites)
        {
            slots.Write(_group!, _members, _block);
        }

        ref FrontendRow row = ref maps.Frontends[model.Index];
        bool turnsAffinityOn = table.Flags.HasFlag(FrontendFlags.ClientIpAffinity)
            && (isNew || !maps.ReadControl(model.Index).Flags.HasFlag(FrontendFlags.ClientIpAffinity));
        row = row with
        {
            Key = model.Key.ToRow(),
            Shard = (uint)shard,
            Id = table.Id,
            Owner = Uid16.Of(model.Owner.Uid),
            AffinitySeconds = table.AffinitySeconds,
            Flags = (ushort)table.Flags,
            AffinityGeneration = (ushort)(row.AffinityGeneration + (turnsAffinityOn ? 1 : 0)),
        };
        maps.WriteControl(
            model.Index,
            new ControlWord(_block.Start, _group is null ? ControlWord.NoSlots : (byte)_group.Class, table.Flags, tag));
        ServiceRow entry = new() { Index = model.Index, Tag = tag };
        if (isNew || !maps.IsEntry(model.Key, entry))
        {
            maps.Services.Set(model.Key.ToRow(), entry);
        }

        SetStates(active: false);
        foreach (uint gone in model.Paths.Except(_ids))
        {
            paths.Remove(gone);
        }

        if (_newBlock)
        {
            slots.Retire(model.Block);
        }
        else if (_overwrites)
        {
            slots.Retire(new SlotRange(_block.End, model.Block.End - _block.End));
        }

        if (_newBlock || _overwrites || !model.IsTrusted)
        {
            (model.Block, model.SlotsHash) = (_block, slots.HashOf(_block));
        }

        (model.Paths, model.Group, model.IsTrusted) = (_ids, _group?.ContentHash ?? 0, true);
    }

    /// <summary>True when the block in use is that of the group. One that nobody vouches for is looked at slot by slot.</summary>
    private bool HoldsGroup(uint[] members) =>
        _group is null ? model.Block.Length == 0
        : model.IsTrusted ? model.Block.Length > 0 && model.Group == _group.ContentHash
        : slots.Holds(_group, members, model.Block);

    private void SetStates(bool active)
    {
        for (int i = 0; i < _ids.Length; i++)
        {
            if (table.Paths[i].State == PathState.Active == active)
            {
                paths.Set(_ids[i], table.Paths[i]);
            }
        }
    }
}
