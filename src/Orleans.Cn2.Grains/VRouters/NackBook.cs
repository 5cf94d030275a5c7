using Orleans.Cn2.Contracts.VRouters;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>What a worker could not program, until it can. Bounded, whatever the worker says.</summary>
internal sealed class NackBook
{
    /// <summary>Most Services noted; the versions of their shards stay unproven all the same.</summary>
    public const int Most = 1000;

    /// <summary>Most characters kept of a reason.</summary>
    public const int LongestReason = 1024;

    private readonly Dictionary<Guid, WorkerNack> _nacks = [];

    public IReadOnlyCollection<WorkerNack> All => _nacks.Values;

    /// <summary>Notes a Service that was rejected, in place of what was noted of it.</summary>
    /// <returns>What was noted; null where there is no room for it.</returns>
    public WorkerNack? Note(WorkerNack nack)
    {
        if (_nacks.Count >= Most && !_nacks.ContainsKey(nack.ServiceUid))
        {
            return null;
        }

        return _nacks[nack.ServiceUid] = nack.Reason.Length > LongestReason ? nack with { Reason = nack.Reason[..LongestReason] + "..." } : nack;
    }

    /// <summary>The worker holds every row of the shard: nothing of it is rejected any more.</summary>
    public void Solve(int shard)
    {
        foreach (WorkerNack solved in _nacks.Values.Where(nack => nack.Shard == shard).ToArray())
        {
            _nacks.Remove(solved.ServiceUid);
        }
    }
}
