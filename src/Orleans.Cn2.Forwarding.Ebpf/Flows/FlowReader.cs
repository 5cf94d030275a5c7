using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf.Flows;

/// <summary>Lists flows from both tables by batches, one row for each forward entry, while packets go on.</summary>
internal sealed class FlowReader(DataPath path)
{
    private const int Slice = 4096;

    internal List<FlowRow> Read(FlowFilter filter, int limit)
    {
        List<FlowRow> rows = [];
        ulong now = LinuxCalls.CoarseNanoseconds();
        Add(rows, path["flows"], filter, limit, established: true, now);
        Add(rows, path["embryonic"], filter, limit, established: false, now);
        return rows;
    }

    /// <summary>The flow of a client's tuple and where its packets go; null without one.</summary>
    internal (FlowRow Row, Verdict Way)? Find(PacketTuple packet)
    {
        TupleRow key = new()
        {
            Source = Address16.Of(packet.Source),
            Destination = Address16.Of(packet.Destination),
            SourcePort = NetworkShort.Of(packet.SourcePort),
            DestinationPort = NetworkShort.Of(packet.DestinationPort),
            Protocol = (byte)packet.Protocol,
        };
        foreach (BpfMap table in new[] { path["flows"], path["embryonic"] })
        {
            if (table.TryGet(key, out FlowEntryRow entry) && !entry.Flags.HasFlag(FlowFlags.Reverse))
            {
                return (RowOf(table, key, entry, table.Spec.Name == "flows", LinuxCalls.CoarseNanoseconds()), WayOf(entry));
            }
        }

        return null;
    }

    private Verdict WayOf(in FlowEntryRow entry)
    {
        if (entry.Verdict != 0)
        {
            return (Verdict)entry.Verdict;
        }

        _ = path["paths"].TryGet(entry.Path, out PathRow row);
        _ = path["hops"].TryGet(new PathWord(row.Word).Hop, out HopRow hop);
        return hop.Kind switch
        {
            HopKind.Local => Verdict.Peer,
            HopKind.Neighbour or HopKind.LocalNeighbour => Verdict.Neighbour,
            HopKind.Host => Verdict.Stack,
            _ => Verdict.Drop,
        };
    }

    /// <summary>Entries of a flow table; two a flow.</summary>
    internal static long Count(BpfMap table) => table.Slices<TupleRow, FlowEntryRow>(Slice).Sum(slice => (long)slice.Count);

    private static void Add(List<FlowRow> rows, BpfMap table, FlowFilter filter, int limit, bool established, ulong now)
    {
        foreach ((TupleRow[] keys, FlowEntryRow[] entries, int count) in table.Slices<TupleRow, FlowEntryRow>(Slice))
        {
            for (int i = 0; i < count && rows.Count < limit; i++)
            {
                if (!entries[i].Flags.HasFlag(FlowFlags.Reverse) && Matches(filter, keys[i], entries[i])
                    && RowOf(table, keys[i], entries[i], established, now) is var row && filter.Lives(row))
                {
                    rows.Add(row);
                }
            }

            if (rows.Count >= limit)
            {
                return;
            }
        }
    }

    private static bool Matches(FlowFilter filter, in TupleRow key, in FlowEntryRow entry) =>
        Matches(filter.FloatingIp, key.Destination) && Matches(filter.Client, key.Source) && Matches(filter.Vmi, entry.Destination);

    private static bool Matches(IpAddress wanted, Address16 address) => !wanted.IsSet || wanted == address.ToAddress();

    private static FlowRow RowOf(BpfMap table, in TupleRow key, in FlowEntryRow entry, bool established, ulong now)
    {
        _ = table.TryGet(entry.Partner(key.Protocol), out FlowEntryRow other);
        SeenTcp seen = entry.Tcp | other.Tcp;
        ulong last = Math.Max(entry.Seen, other.Seen);
        return new FlowRow(
            (TransportProtocol)key.Protocol,
            key.Source.ToAddress(),
            key.SourcePort.Value,
            key.Destination.ToAddress(),
            key.DestinationPort.Value,
            entry.Destination.ToAddress(),
            entry.DestinationPort.Value,
            entry.Source.ToAddress(),
            entry.SourcePort.Value,
            established,
            (seen & (SeenTcp.Fin | SeenTcp.UnprovenRst)) != 0,
            seen.HasFlag(SeenTcp.Rst),
            TimeSpan.FromTicks(now > last ? (long)((now - last) / TimeSpan.NanosecondsPerTick) : 0));
    }
}
