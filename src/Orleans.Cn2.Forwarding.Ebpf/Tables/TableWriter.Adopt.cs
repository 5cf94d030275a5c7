using Orleans.Cn2.Forwarding.Ebpf.Layout;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>Taking over tables that an earlier process wrote, and clearing away what it left half-written.</summary>
internal sealed partial class TableWriter
{
    /// <summary>Takes over what the maps hold; packets run on it meanwhile. Only before the first change.</summary>
    internal void Adopt(IReadOnlyList<ServiceRead> found)
    {
        HashSet<uint> indexes = [];
        HashSet<uint> paths = [];
        foreach (ServiceRead read in found)
        {
            ServiceModel service = new(read.Uid, read.Name, read.Shard) { Generation = read.Generation };
            foreach (FrontendRead frontend in read.Frontends.Where(Fits))
            {
                indexes.Add(frontend.Index);
                paths.UnionWith(frontend.Paths.Values);
                Adopt(service, frontend);
            }

            _services.Add(read.Uid, service);
        }

        foreach ((uint id, _) in Paths.ReadLive().Where(path => !paths.Contains(path.Id)).ToArray())
        {
            Paths.AdoptOrphan(id);
        }

        Paths.IsAdopting = false;
        RemoveOrphans(indexes);
        Settle();
    }

    /// <summary>False for a frontend whose slots overlap those of another: what it holds can't be trusted.</summary>
    private bool Fits(FrontendRead frontend) => !frontend.Word.HasSlots || Slots.TryAdopt(BlockOf(frontend));

    private static SlotRange BlockOf(FrontendRead frontend) => frontend.Word.HasSlots
        ? new SlotRange(frontend.Word.SlotBase, (uint)Core.Ecmp.SizeClass.SlotsOf(frontend.Word.SizeClass))
        : default;

    private void Adopt(ServiceModel service, FrontendRead read)
    {
        FrontendModel model = new(read.Index, read.Table) { Block = BlockOf(read), IsTrusted = false };
        FrontendKey key = FrontendKey.Of(read.Table);
        _indexes.Reserve(read.Index);
        _lastTag = Math.Max(_lastTag, read.Word.Tag);
        foreach ((PathKey path, uint id) in read.Paths)
        {
            model.Paths.Add(path, id);
            Paths.Adopt(id);
        }

        service.Frontends.Add(key, model);
        _claims.Add(key, service);
        HoldAddress(key.Address);
    }

    private void RemoveOrphans(HashSet<uint> indexes)
    {
        List<ServiceKeyRow> orphans = [];
        foreach ((ServiceKeyRow[] keys, ServiceRow[] values, int count) in _maps.Services.Slices<ServiceKeyRow, ServiceRow>(4096))
        {
            for (int i = 0; i < count; i++)
            {
                bool isHeld = keys[i].Protocol == 0 ? _addresses.ContainsKey(keys[i].Address.ToAddress()) : indexes.Contains(values[i].Index);
                if (!isHeld)
                {
                    orphans.Add(keys[i]);
                }
            }
        }

        orphans.ForEach(key => _maps.Services.Remove(key));
        for (uint index = 0; index < (uint)_maps.Control.Length; index++)
        {
            if (!indexes.Contains(index) && _maps.ReadControl(index).Bits != 0)
            {
                _maps.WriteControl(index, default);
            }
        }
    }
}
