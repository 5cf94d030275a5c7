using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Forwarding.Ebpf.Tables;
using Orleans.Cn2.Forwarding.Managed;

namespace Orleans.Cn2.Forwarding.Ebpf.Flows;

/// <summary>
/// Ends idle flows and those of removed paths. A scan reads both tables in slices; what looks expired is looked at again and deleted by a
/// program in the kernel, so that a packet that comes in between keeps its flow. The embryonic table is scanned first: flows move only from it
/// to the other, so a whole scan misses none.
/// </summary>
internal sealed class FlowExpiry(DataPath path, TableMaps maps, FlowLimits limits) : IDisposable
{
    private const int Slice = 4096;

    private readonly MappedArray<TupleRow> _candidates = new(path["candidates"]);

    /// <summary>Scans both tables once and returns how many entries were looked at and not found alive.</summary>
    internal long Scan(CancellationToken cancellation) =>
        Scan(path["embryonic"], embryonic: true, cancellation) + Scan(path["flows"], embryonic: false, cancellation);

    private long Scan(BpfMap table, bool embryonic, CancellationToken cancellation)
    {
        long deleted = 0;
        uint waiting = 0;
        ulong now = LinuxCalls.CoarseNanoseconds();
        foreach ((TupleRow[] keys, FlowEntryRow[] entries, int count) in table.Slices<TupleRow, FlowEntryRow>(Slice))
        {
            cancellation.ThrowIfCancellationRequested();
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

        return deleted + (waiting > 0 ? Recheck(waiting, embryonic) : 0);
    }

    /// <summary>By one entry alone: the other may have seen a packet since, which the program looks at.</summary>
    private bool IsCandidate(in TupleRow key, in FlowEntryRow entry, bool embryonic, ulong now)
    {
        if (maps.ReadPath(entry.Path).Epoch != entry.Epoch)
        {
            return true;
        }

        TimeSpan least = key.Protocol == (byte)TransportProtocol.Udp
            ? embryonic ? limits.EmbryonicUdp : limits.Udp
            : Shortest(embryonic ? limits.EmbryonicTcp : limits.Tcp, limits.Rst, limits.OneFin, limits.BothFin);
        return now > entry.Seen && now - entry.Seen > Nanoseconds(least);
    }

    private long Recheck(uint count, bool embryonic)
    {
        ExpiryRow argument = new()
        {
            Now = LinuxCalls.CoarseNanoseconds(),
            EmbryonicTcp = Nanoseconds(limits.EmbryonicTcp),
            EmbryonicUdp = Nanoseconds(limits.EmbryonicUdp),
            Udp = Nanoseconds(limits.Udp),
            Tcp = Nanoseconds(limits.Tcp),
            OneFin = Nanoseconds(limits.OneFin),
            BothFin = Nanoseconds(limits.BothFin),
            Rst = Nanoseconds(limits.Rst),
            Count = count,
            Embryonic = embryonic ? 1u : 0,
        };
        TestRun.OnArgument(path.Expire, ref argument);
        return argument.Deleted;
    }

    private static TimeSpan Shortest(params ReadOnlySpan<TimeSpan> spans)
    {
        TimeSpan least = TimeSpan.MaxValue;
        foreach (TimeSpan span in spans)
        {
            least = span < least ? span : least;
        }

        return least;
    }

    private static ulong Nanoseconds(TimeSpan span) => (ulong)span.Ticks * TimeSpan.NanosecondsPerTick;

    public void Dispose() => _candidates.Dispose();
}
