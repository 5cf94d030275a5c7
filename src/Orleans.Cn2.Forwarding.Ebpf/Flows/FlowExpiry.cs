using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Forwarding.Ebpf.Tables;

namespace Orleans.Cn2.Forwarding.Ebpf.Flows;

/// <summary>
/// Ends idle flows and those of removed paths. A scan reads both tables in slices; what looks expired is looked at again and deleted by a
/// program in the kernel, so that a packet that comes in between keeps its flow. The embryonic table is scanned first: flows move only from it
/// to the other, so a whole scan misses none.
/// </summary>
internal sealed class FlowExpiry(DataPath path, TableMaps maps, FlowLimits limits) : IDisposable
{
    private const int Slice = 4096;

    /// <summary>Entries that are counted anew for each who asks; a table of more is as it was at the last scan.</summary>
    private const long CountedAnew = 10_000;

    private readonly MappedArray<TupleRow> _candidates = new(path["candidates"]);
    private long _embryonic;
    private long _established;

    /// <summary>Entries of the table of embryonic flows; two a flow.</summary>
    internal long Embryonic => CountOf("embryonic", ref _embryonic);

    /// <summary>Entries of the table of established flows; two a flow.</summary>
    internal long Established => CountOf("flows", ref _established);

    /// <summary>Scans both tables once and returns how many entries were looked at and not found alive.</summary>
    internal long Scan(CancellationToken cancellation) =>
        Scan(path["embryonic"], embryonic: true, ref _embryonic, cancellation) + Scan(path["flows"], embryonic: false, ref _established, cancellation);

    private long CountOf(string table, ref long scanned) => Volatile.Read(ref scanned) is long last and > CountedAnew ? last : FlowReader.Count(path[table]);

    private long Scan(BpfMap table, bool embryonic, ref long counted, CancellationToken cancellation)
    {
        long deleted = 0, met = 0;
        uint waiting = 0;
        ulong now = LinuxCalls.CoarseNanoseconds();
        foreach ((TupleRow[] keys, FlowEntryRow[] entries, int count) in table.Slices<TupleRow, FlowEntryRow>(Slice))
        {
            cancellation.ThrowIfCancellationRequested();
            met += count;
            for (int i = 0; i < count; i++)
            {
                if (!IsCandidate(keys[i], entries[i], embryonic, now))
                {
                    continue;
                }

                _candidates[waiting++] = keys[i];
                if (waiting == MapSpecs.Candidates)
                {
                    deleted += Recheck(waiting, embryonic);
                    waiting = 0;
                }
            }
        }

        deleted += waiting > 0 ? Recheck(waiting, embryonic) : 0;
        Volatile.Write(ref counted, met - deleted);
        return deleted;
    }

    /// <summary>
    /// By one entry alone: what the other one saw may give the flow longer, which the program looks at, or end it sooner, which shows when that
    /// one's turn comes.
    /// </summary>
    private bool IsCandidate(TupleRow key, FlowEntryRow entry, bool embryonic, ulong now)
    {
        if (maps.ReadPath(entry.Path).Epoch != entry.Epoch)
        {
            return true;
        }

        bool closed = entry.Tcp.HasFlag(SeenTcp.Fin);
        TimeSpan Limit(int closedSides) => limits.Of(
            key.Protocol, !embryonic, entry.Flags.HasFlag(FlowFlags.Replied), entry.Flags.HasFlag(FlowFlags.Stream), closedSides,
            entry.Tcp.HasFlag(SeenTcp.Rst) ? SeenReset.Proven : entry.Tcp.HasFlag(SeenTcp.UnprovenRst) ? SeenReset.Unproven : SeenReset.None);
        TimeSpan least = !closed ? Limit(0) : Limit(1) < Limit(2) ? Limit(1) : Limit(2);
        return now > entry.Seen && now - entry.Seen > Nanoseconds(least);
    }

    private long Recheck(uint count, bool embryonic)
    {
        ExpiryRow argument = new()
        {
            Now = LinuxCalls.CoarseNanoseconds(),
            TcpUnanswered = Nanoseconds(limits.TcpUnanswered),
            TcpHandshake = Nanoseconds(limits.TcpHandshake),
            Udp = Nanoseconds(limits.Udp),
            UdpStream = Nanoseconds(limits.UdpStream),
            SctpHandshake = Nanoseconds(limits.SctpHandshake),
            Sctp = Nanoseconds(limits.Sctp),
            SctpShutdown = Nanoseconds(limits.SctpShutdown),
            Tcp = Nanoseconds(limits.Tcp),
            OneFin = Nanoseconds(limits.OneFin),
            BothFin = Nanoseconds(limits.BothFin),
            Rst = Nanoseconds(limits.Rst),
            UnprovenRst = Nanoseconds(limits.UnprovenRst < limits.Tcp ? limits.UnprovenRst : limits.Tcp),
            Count = count,
            Embryonic = embryonic ? 1u : 0,
        };
        TestRun.OnArgument(path.Expire, ref argument);
        return argument.Deleted;
    }

    private static ulong Nanoseconds(TimeSpan span) => (ulong)span.Ticks * TimeSpan.NanosecondsPerTick;

    public void Dispose() => _candidates.Dispose();
}
