using System.Runtime.CompilerServices;
using Orleans.Cn2.Forwarding.Managed.Decision;

namespace Orleans.Cn2.Forwarding.Managed.Flows;

/// <summary>Ends idle flows and those of paths that are gone, in slices of bounded work that together walk both tables.</summary>
internal sealed class FlowExpiry(PlaneState state, FlowLimits limits)
{
    private int _cursor;

    /// <summary>Looks at up to <paramref name="slots"/> slots. True when it ended a walk; the next call begins another.</summary>
    public bool Step(int slots)
    {
        if (_cursor == 0)
        {
            state.Paths.ScanBegins();
        }

        int flows = state.Flows.Slots;
        int all = flows + state.Embryonic.Slots;
        int end = (int)Math.Min(all, (long)_cursor + slots);
        for (; _cursor < end; _cursor++)
        {
            if (_cursor < flows)
            {
                Look(state.Flows, _cursor, isEmbryonic: false);
            }
            else
            {
                Look(state.Embryonic, _cursor - flows, isEmbryonic: true);
            }
        }

        if (_cursor < all)
        {
            return false;
        }

        _cursor = 0;
        state.Paths.ScanEnded();
        return true;
    }

    private void Look(FlowTable table, int slot, bool isEmbryonic)
    {
        if (!table.IsUsed(slot))
        {
            return;
        }

        FlowKey key = table.KeyAt(slot);
        ref FlowEntry entry = ref table.EntryAt(slot);
        ref FlowEntry partner = ref table.Peek(entry.PartnerKey(key.Protocol));
        bool paired = !Unsafe.IsNullRef(ref partner) && partner.IsPartnerOf(key);
        long seen = paired ? Math.Max(entry.Seen, partner.Seen) : entry.Seen;
        SeenTcp other = paired ? partner.Tcp : SeenTcp.None;
        int closed = ((entry.Tcp & SeenTcp.Fin) != 0 ? 1 : 0) + ((other & SeenTcp.Fin) != 0 ? 1 : 0);
        FlowFlags flags = paired ? entry.Flags | partner.Flags : entry.Flags;
        SeenReset reset = ((entry.Tcp | other) & SeenTcp.Rst) != 0 ? SeenReset.Proven
            : ((entry.Tcp | other) & SeenTcp.UnprovenRst) != 0 ? SeenReset.Unproven
            : SeenReset.None;
        TimeSpan limit = limits.Of(
            key.Protocol, !isEmbryonic, (entry.Flags & FlowFlags.Replied) != 0, (flags & FlowFlags.Stream) != 0, closed, reset);
        if (state.Paths[entry.Path].Epoch == entry.Epoch && TimeSpan.FromTicks((state.Now - seen) / TimeSpan.NanosecondsPerTick) < limit)
        {
            return;
        }

        FlowKey partnerKey = entry.PartnerKey(key.Protocol);
        table.Remove(key);
        if (paired)
        {
            table.Remove(partnerKey);
        }
    }
}
