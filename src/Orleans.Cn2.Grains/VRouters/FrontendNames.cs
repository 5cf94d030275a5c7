using System.Collections.Concurrent;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>Which Service a frontend id of a worker's counters belongs to; one table a silo, kept by the relay.</summary>
internal sealed class FrontendNames
{
    private readonly ConcurrentDictionary<ulong, string> _names = new();

    /// <summary>The Service, as namespace/name; null for a frontend that is in no table.</summary>
    public string? Find(ulong frontendId) => _names.GetValueOrDefault(frontendId);

    /// <summary>A shard was replaced; costs as much as what changed.</summary>
    /// <param name="changed">Services that are not in both as they were; others do no harm.</param>
    public void Replace(ShardTable former, ShardTable next, IReadOnlyCollection<Guid> changed)
    {
        // One that takes an id over from another comes after that one left.
        foreach (ulong id in changed.SelectMany(uid => Ids(former, uid)))
        {
            _names.TryRemove(id, out _);
        }

        foreach (Guid uid in changed)
        {
            foreach (ulong id in Ids(next, uid))
            {
                _names[id] = next.Services[uid].Published.Entry.Name.ToString();
            }
        }
    }

    private static IEnumerable<ulong> Ids(ShardTable shard, Guid uid) => shard.Services.TryGetValue(uid, out RelayedService? service) ? Ids(service.Published.Entry) : [];

    private static IEnumerable<ulong> Ids(ServiceEntry entry) =>
        from family in entry.FloatingIps.Select(address => address.Family).Distinct<IpFamily>()
        from port in entry.Ports
        select TableIds.OfFrontend(entry.Uid, family, port.Protocol, port.Port);
}
