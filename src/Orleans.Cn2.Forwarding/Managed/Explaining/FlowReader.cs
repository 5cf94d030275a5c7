using System.Runtime.CompilerServices;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Decision;
using Orleans.Cn2.Forwarding.Managed.Flows;

namespace Orleans.Cn2.Forwarding.Managed.Explaining;

/// <summary>Flows as rows: one for each forward entry.</summary>
internal static class FlowReader
{
    public static List<FlowRow> Read(PlaneState state, FlowFilter filter, int limit)
    {
        List<FlowRow> rows = [];
        Add(rows, state, state.Flows, filter, limit, established: true);
        Add(rows, state, state.Embryonic, filter, limit, established: false);
        return rows;
    }

    public static FlowRow RowOf(PlaneState state, FlowTable table, in FlowKey key, in FlowEntry entry, bool established)
    {
        ref FlowEntry partner = ref table.Peek(entry.PartnerKey(key.Protocol));
        bool paired = !Unsafe.IsNullRef(ref partner) && partner.IsPartnerOf(key);
        SeenTcp seen = entry.Tcp | (paired ? partner.Tcp : SeenTcp.None);
        long last = paired ? Math.Max(entry.Seen, partner.Seen) : entry.Seen;
        return new FlowRow(
            (TransportProtocol)key.Protocol,
            key.Source.ToIpAddress(),
            key.SourcePort,
            key.Destination.ToIpAddress(),
            key.DestinationPort,
            entry.Destination.ToIpAddress(),
            entry.DestinationPort,
            entry.Source.ToIpAddress(),
            entry.SourcePort,
            established,
            (seen & (SeenTcp.Fin | SeenTcp.UnprovenRst)) != 0,
            (seen & SeenTcp.Rst) != 0,
            TimeSpan.FromTicks((state.Now - last) / TimeSpan.NanosecondsPerTick));
    }

    private static void Add(List<FlowRow> rows, PlaneState state, FlowTable table, FlowFilter filter, int limit, bool established)
    {
        for (int slot = 0; slot < table.Slots && rows.Count < limit; slot++)
        {
            if (!table.IsUsed(slot) || table.EntryAt(slot).IsReverse)
            {
                continue;
            }

            FlowRow row = RowOf(state, table, table.KeyAt(slot), table.EntryAt(slot), established);
            if (Fits(filter.FloatingIp, row.FloatingIp) && Fits(filter.Client, row.Client) && Fits(filter.Vmi, row.Vmi) && filter.Lives(row))
            {
                rows.Add(row);
            }
        }
    }

    private static bool Fits(IpAddress asked, IpAddress has) => !asked.IsSet || asked == has;
}
