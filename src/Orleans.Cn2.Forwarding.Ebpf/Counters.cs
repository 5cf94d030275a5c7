using System.Collections.Immutable;
using System.Globalization;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;

namespace Orleans.Cn2.Forwarding.Ebpf;

/// <summary>Counters that the programs keep per CPU, summed.</summary>
internal sealed class Counters(DataPath path)
{
    private static readonly int PossibleCpus = ReadPossibleCpus();

    /// <summary>Drops and rejects by reason, those that ever happened.</summary>
    internal ImmutableArray<ReasonCount> ReadReasons()
    {
        ImmutableArray<ReasonCount>.Builder counts = ImmutableArray.CreateBuilder<ReasonCount>();
        ReasonCountRow[] perCpu = new ReasonCountRow[PossibleCpus];
        for (uint i = 0; i < MapSpecs.ReasonLimit * 2; i++)
        {
            path["reasons"].TryGetPerCpu(i, perCpu.AsSpan());
            ulong packets = 0;
            ulong bytes = 0;
            foreach (ReasonCountRow row in perCpu)
            {
                packets += row.Packets;
                bytes += row.Bytes;
            }

            if (packets > 0)
            {
                counts.Add(new ReasonCount((DropReason)(i % MapSpecs.ReasonLimit), i >= MapSpecs.ReasonLimit, packets, bytes));
            }
        }

        return counts.ToImmutable();
    }

    /// <summary>Starts the counters of a service index from 0: the index had another frontend before.</summary>
    internal static void Clear(BpfMap counts, uint index) => counts.SetPerCpu(index, new ServiceCountRow[PossibleCpus]);

    /// <summary>Forward traffic of a service index.</summary>
    internal ServiceCountRow ReadService(uint index)
    {
        ServiceCountRow[] perCpu = new ServiceCountRow[PossibleCpus];
        path["service_counts"].TryGetPerCpu(index, perCpu.AsSpan());
        ServiceCountRow sum = default;
        foreach (ServiceCountRow row in perCpu)
        {
            sum.Packets += row.Packets;
            sum.Bytes += row.Bytes;
            sum.Flows += row.Flows;
        }

        return sum;
    }

    // "0-3" or "0,2-3": the kernel sizes per-CPU values by the highest.
    private static int ReadPossibleCpus() =>
        1 + int.Parse(
            File.ReadAllText("/sys/devices/system/cpu/possible").Trim().Split(',', '-')[^1], NumberStyles.None, CultureInfo.InvariantCulture);
}
