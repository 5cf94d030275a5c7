using System.Collections;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>Ids below a limit, lowest unused first, returned ones after the fresh are gone. One caller at a time.</summary>
internal sealed class IdPool(uint first, uint limit)
{
    private readonly Queue<uint> _returned = new();
    private readonly BitArray _reserved = new(0);
    private uint _next = first;

    /// <summary>All ids that were ever in use are below this.</summary>
    internal uint Bound { get; private set; } = first;

    /// <summary>How many are in use.</summary>
    internal int Used { get; private set; }

    internal bool TryTake(out uint id)
    {
        while (_next < limit && IsReserved(_next))
        {
            _next++;
        }

        if (_next < limit)
        {
            id = _next++;
        }
        else if (!_returned.TryDequeue(out id))
        {
            return false;
        }

        Used++;
        Bound = Math.Max(Bound, id + 1);
        return true;
    }

    internal void Return(uint id)
    {
        _returned.Enqueue(id);
        Used--;
    }

    /// <summary>Takes an id that is in use already; only before the first <see cref="TryTake"/>.</summary>
    internal void Reserve(uint id)
    {
        if (id >= (uint)_reserved.Length)
        {
            _reserved.Length = (int)Math.Min(limit, Math.Max(id + 1, 2 * (uint)_reserved.Length));
        }

        _reserved[(int)id] = true;
        Bound = Math.Max(Bound, id + 1);
        Used++;
    }

    /// <summary>True for an id that was taken over.</summary>
    internal bool IsReserved(uint id) => id < (uint)_reserved.Length && _reserved[(int)id];
}
