using System.Collections.Immutable;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>Section 9: drops and rejects by reason. Bytes are L3 bytes.</summary>
internal sealed class ReasonCounters
{
    private readonly ReasonCount[] _drops = New(reject: false);
    private readonly ReasonCount[] _rejects = New(reject: true);

    public void Drop(DropReason reason, int packets, int bytes) => Add(_drops, reason, packets, bytes);

    public void Reject(DropReason reason, int packets, int bytes) => Add(_rejects, reason, packets, bytes);

    /// <summary>All that are not zero.</summary>
    public ImmutableArray<ReasonCount> Read() => [.. _drops.Concat(_rejects).Where(count => count.Packets > 0)];

    private static void Add(ReasonCount[] counts, DropReason reason, int packets, int bytes)
    {
        ref ReasonCount count = ref counts[(int)reason];
        count = count with { Packets = count.Packets + (ulong)packets, Bytes = count.Bytes + (ulong)bytes };
    }

    private static ReasonCount[] New(bool reject) =>
        [.. Enumerable.Range(0, (int)Enum.GetValues<DropReason>().Max() + 1).Select(reason => new ReasonCount((DropReason)reason, reject, 0, 0))];
}
