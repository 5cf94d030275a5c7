using Orleans.Cn2.Core.Ecmp;
using Orleans.Cn2.Forwarding.Ebpf.Layout;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>Taking over tables that an earlier process wrote, and clearing away what it left half-written.</summary>
internal sealed partial class TableWriter
{
    /// <summary>Takes over what the maps hold; packets run on it meanwhile. Only before the first change.</summary>
    internal void Adopt(IReadOnlyList<ServiceRead> found)
    {
        Hops.Expect(found.SelectMany(read => read.Frontends).Sum(frontend => frontend.Paths.Length));

        // One whose slots overlap those of another can't be trusted. In the order that the allocator likes best.
        HashSet<uint> indexes = [.. found.SelectMany(read => read.Frontends).Select(frontend => (frontend.Index, Block: BlockOf(frontend)))
            .OrderBy(each => each.Block.Start).Where(each => each.Block.Length == 0 || Slots.TryAdopt(each.Block)).Select(each => each.Index)];
        foreach (ServiceRead read in found)
        {
            ServiceModel service = new(read.Uid, read.Name, read.Shard);
            service.Frontends = [.. read.Frontends.Where(frontend => indexes.Contains(frontend.Index)).Select(frontend => Adopt(service, frontend))];
            _services.Add(read.Uid, service);
        }

        Paths.EndOrphans();
        Paths.IsAdopting = false;
        _ = RepairKeys();
        ClearOrphans();
        Settle();
    }

    private SlotRange BlockOf(FrontendRead frontend) => _maps.ReadControl(frontend.Index) is { HasSlots: true } word
        ? new SlotRange(word.SlotBase, (uint)SizeClass.SlotsOf(word.SizeClass))
        : default;

    private FrontendModel Adopt(ServiceModel service, FrontendRead read)
    {
        FrontendModel model = new(service, read.Key, read.Index) { Block = BlockOf(read), Paths = read.Paths };
        _indexes.Reserve(read.Index);
        _lastTag = Math.Max(_lastTag, _maps.ReadControl(read.Index).Tag);
        foreach (uint id in read.Paths)
        {
            Paths.Adopt(id);
        }

        _frontends.Add(read.Key, model);
        _addresses[read.Key.Address] = _addresses.GetValueOrDefault(read.Key.Address) + 1;
        _maps.Bloom.AddFrontend(Address16.Of(read.Key.Address));
        return model;
    }
}
