using Orleans.Cn2.Core.Tables;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Tables;

/// <summary>What the data plane holds of one shard: the version it was brought to and the digest of each service's rows.</summary>
internal sealed class ShardLedger
{
    private readonly Dictionary<Guid, TableDigest> _services = [];

    /// <summary>The version held, or null when the next update must be a snapshot.</summary>
    public Proto.ShardVersion? Version { get; private set; }

    /// <summary>Digest of all rows held.</summary>
    public TableDigest Digest { get; private set; }

    /// <summary>Uids of the services held.</summary>
    public IReadOnlyCollection<Guid> Services => _services.Keys;

    /// <summary>Counts a service as held, in place of its former rows.</summary>
    public void Hold(Guid service, TableDigest digest)
    {
        Release(service);
        _services[service] = digest;
        Digest += digest;
    }

    /// <summary>Counts a service as no longer held.</summary>
    public void Release(Guid service)
    {
        if (_services.Remove(service, out TableDigest former))
        {
            Digest -= former;
        }
    }

    /// <summary>Notes that the shard was brought to this version.</summary>
    public void Reach(Proto.ShardVersion version) => Version = version;

    /// <summary>Distrusts the version: the next update must be a snapshot.</summary>
    public void Distrust() => Version = null;

    /// <summary>True when an update from this version continues what is held.</summary>
    public bool Continues(Proto.ShardVersion? from) => from is not null && from.Equals(Version);
}
