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

    /// <summary>A shard was replaced.</summary>
    public void Replace(ShardTable former, ShardTable next)
    {
        foreach ((Guid uid, RelayedService service) in former.Services)
        {
            if (!next.Services.TryGetValue(uid, out RelayedService? now) || !ReferenceEquals(now, service))
            {
                foreach (ulong id in Ids(service.Published.Entry))
                {
                    _names.TryRemove(id, out _);
                }
            }
        }

        foreach ((Guid uid, RelayedService service) in next.Services)
        {
            if (!former.Services.TryGetValue(uid, out RelayedService? before) || !ReferenceEquals(before, service))
            {
                foreach (ulong id in Ids(service.Published.Entry))
                {
                    _names[id] = service.Published.Entry.Name.ToString();
                }
            }
        }
    }

    private static IEnumerable<ulong> Ids(ServiceEntry entry) =>
        from family in entry.FloatingIps.Select(address => address.Family).Distinct<IpFamily>()
        from port in entry.Ports
        select TableIds.OfFrontend(entry.Uid, family, port.Protocol, port.Port);
}
