using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Grains.Vmis;

/// <summary>The last changes of a namespace's VMIs, for watchers; older ones are told as a whole.</summary>
internal sealed class VmiLog(ulong start)
{
    private const int Length = 1024;
    private readonly Queue<(ulong Version, VmiChange Change)> _changes = [];
    private ulong _forgotten = start;

    /// <summary>Notes a change.</summary>
    public void Add(ulong version, VmiChange change)
    {
        _changes.Enqueue((version, change));
        if (_changes.Count > Length)
        {
            _forgotten = _changes.Dequeue().Version;
        }
    }

    /// <summary>What changed after a version; everything when that is too long ago.</summary>
    public VmiChanges Read(ulong have, ulong version, IEnumerable<Vmi> all)
    {
        if (have < _forgotten || have > version)
        {
            return new VmiChanges(version, true, [.. all], []);
        }

        Dictionary<NamespacedName, VmiChange> last = [];
        foreach ((_, VmiChange change) in _changes.Where(entry => entry.Version > have))
        {
            last[change.Name] = change;
        }

        return new VmiChanges(
            version,
            false,
            [.. last.Values.Where(change => change.After is not null).Select(change => change.After!)],
            last.Values.Where(change => change.After is null).Select(change => change.Before!).ToImmutableArray());
    }
}
