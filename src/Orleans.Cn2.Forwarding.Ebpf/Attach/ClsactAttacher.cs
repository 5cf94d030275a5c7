using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Attach;

/// <summary>
/// cls_bpf filters in direct action, for kernels without TCX. A filter is known again by its preference and handle, and forwards on without
/// this process. It has the first preference: a filter before it that ends the walk would hide packets from the data path.
/// </summary>
internal sealed class ClsactAttacher(RtNetlink kernel, bool outlives) : IHookAttacher
{
    private const string Name = "cn2";

    private readonly HashSet<HookPlace> _places = [];

    public string? Ensure(HookPlace place, BpfHandle program, uint programId)
    {
        BpfFilter? mine = kernel.GetBpfFilters(place.Interface, place.IsEgress).FirstOrDefault(filter => filter.IsOwn);
        bool known = _places.Contains(place);
        if (mine?.ProgramId == programId)
        {
            _places.Add(place);
            return null;
        }

        if (mine is null)
        {
            kernel.AddClsact(place.Interface);
        }

        kernel.SetBpfFilter(place.Interface, place.IsEgress, program.Descriptor, Name);
        _places.Add(place);
        return !known ? null : mine is null ? "the filter was removed" : "the filter's program was replaced";
    }

    public void Detach(HookPlace place)
    {
        _places.Remove(place);
        Remove(kernel, place);
    }

    public void RemoveOthers(IReadOnlyCollection<HookPlace> kept)
    {
        HashSet<(int, bool)> mine = [.. kept.Select(place => (place.Interface, place.IsEgress))];
        foreach (int link in TrafficControlReader.ClsactLinks(kernel))
        {
            foreach (HookKind kind in new[] { HookKind.Ingress, HookKind.Egress })
            {
                HookPlace place = new(link, kind);
                if (!mine.Contains((link, place.IsEgress)))
                {
                    Remove(kernel, place);
                }
            }
        }
    }

    /// <summary>Filters stay, as pinned links do; without pins the programs can't run without this process, so they go.</summary>
    public void Dispose()
    {
        if (outlives)
        {
            return;
        }

        foreach (HookPlace place in _places)
        {
            Remove(kernel, place);
        }
    }

    private static void Remove(RtNetlink kernel, HookPlace place)
    {
        foreach (BpfFilter mine in kernel.GetBpfFilters(place.Interface, place.IsEgress).Where(filter => filter.IsOwn))
        {
            kernel.DeleteBpfFilter(place.Interface, place.IsEgress);
        }
    }
}
