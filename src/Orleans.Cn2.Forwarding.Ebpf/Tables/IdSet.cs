using System.Collections;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>A set of ids, nearly always of one or two: the first lies in the set itself, so that a set of one allocates nothing.</summary>
internal struct IdSet : IEnumerable<uint>
{
    private uint _first;
    private bool _hasFirst;
    private HashSet<uint>? _others;

    /// <summary>How many are in it.</summary>
    internal readonly int Count => (_hasFirst ? 1 : 0) + (_others?.Count ?? 0);

    internal void Add(uint id)
    {
        if (_hasFirst ? _first == id : _others?.Contains(id) == true)
        {
            return;
        }

        if (_hasFirst)
        {
            (_others ??= []).Add(id);
        }
        else
        {
            (_first, _hasFirst) = (id, true);
        }
    }

    internal bool Remove(uint id)
    {
        if (_hasFirst && _first == id)
        {
            _hasFirst = false;
            return true;
        }

        return _others?.Remove(id) == true;
    }

    /// <inheritdoc/>
    public readonly IEnumerator<uint> GetEnumerator()
    {
        if (_hasFirst)
        {
            yield return _first;
        }

        foreach (uint other in _others ?? [])
        {
            yield return other;
        }
    }

    readonly IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
