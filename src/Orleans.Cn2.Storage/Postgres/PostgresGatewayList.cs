using Microsoft.Extensions.Options;
using Orleans.Cn2.Schema;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Orleans.Cn2.Storage.Postgres;

/// <summary>The silos that a client of the cluster may connect to: those that membership calls active and that have a gateway port.</summary>
internal sealed class PostgresGatewayList(IMembershipTable membership, PostgresServer server, IOptions<GatewayOptions> options) : IGatewayListProvider
{
    public TimeSpan MaxStaleness => options.Value.GatewayListRefreshPeriod;

    public bool IsUpdatable => true;

    // Tables are the silos' to make and to upgrade: a client may be of an older release, and its user may have no right to.
    public async Task InitializeGatewayListProvider()
    {
        try
        {
            if (await PostgresSchema.FindAsync(server.Pool) == 0)
            {
                throw new StorageUnavailableException(
                    StorageFault.Inaccessible, server.Location, "the database has no tables yet: a silo makes them, or 'cn2 admin schema'");
            }
        }
        catch (Exception exception) when (PostgresFaults.Explain(exception, server.Location) is { } failure)
        {
            throw failure;
        }
    }

    public async Task<IList<Uri>> GetGateways()
    {
        MembershipTableData members = await membership.ReadAllAsync(CancellationToken.None);
        return [.. members.Members
            .Select(member => member.Item1)
            .Where(silo => silo is { Status: SiloStatus.Active, ProxyPort: > 0 })
            .Select(silo => SiloAddress.New(silo.SiloAddress.Endpoint.Address, silo.ProxyPort, silo.SiloAddress.Generation).ToGatewayUri())];
    }
}
