using Microsoft.Extensions.Options;
using Orleans.Cn2.Storage.Postgres;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Orleans.Cn2.Storage.Tests.Postgres;

public sealed class PostgresMembershipTests(PostgresFixture postgres) : MembershipConformance, IAsyncLifetime
{
    private PostgresStore? _store;
    private PostgresMembershipTable? _table;

    protected override IMembershipTable Table => _table!;

    public async ValueTask InitializeAsync()
    {
        _store = await PostgresStore.OpenAsync(postgres.Server);
        _table = OfCluster("a");
        await Table.InitializeMembershipTableAsync(true, TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _store!.DisposeAsync();

    [Fact]
    public async Task Clusters_InOneDatabase_DoNotSeeEachOther()
    {
        IMembershipTable other = OfCluster("b");
        await other.InitializeMembershipTableAsync(true, TestContext.Current.CancellationToken);
        MembershipEntry entry = new() { SiloAddress = SiloAddress.FromParsableString("10.0.0.1:1@1"), SuspectTimes = [] };
        TableVersion version = (await Table.ReadAllAsync(TestContext.Current.CancellationToken)).Version;
        Assert.True(await Table.InsertRowAsync(entry, version.Next(), TestContext.Current.CancellationToken));

        Assert.Empty((await other.ReadAllAsync(TestContext.Current.CancellationToken)).Members);

        await Table.DeleteMembershipTableEntriesAsync("a", TestContext.Current.CancellationToken);
        Assert.Empty((await Table.ReadAllAsync(TestContext.Current.CancellationToken)).Members);
    }

    [Fact]
    public async Task Gateways_AreActiveSilosWithAGatewayPort()
    {
        await InsertAsync("10.0.0.1:11111@7", SiloStatus.Active, 30000);
        await InsertAsync("10.0.0.2:11111@8", SiloStatus.Active, 0);
        await InsertAsync("10.0.0.3:11111@9", SiloStatus.Dead, 30000);
        IGatewayListProvider gateways = new PostgresGatewayList(Table, _store!.Server, Options.Create(new GatewayOptions()));

        Uri gateway = Assert.Single(await gateways.GetGatewaysAsync(TestContext.Current.CancellationToken));

        Assert.Equal("10.0.0.1", gateway.Host);
        Assert.Equal(30000, gateway.Port);
    }

    private PostgresMembershipTable OfCluster(string cluster) => new(_store!.Server, Options.Create(new ClusterOptions { ClusterId = cluster, ServiceId = "cn2" }));

    private async Task InsertAsync(string silo, SiloStatus status, int gatewayPort)
    {
        MembershipEntry entry = new() { SiloAddress = SiloAddress.FromParsableString(silo), Status = status, ProxyPort = gatewayPort, SuspectTimes = [] };
        TableVersion version = (await Table.ReadAllAsync(TestContext.Current.CancellationToken)).Version;
        Assert.True(await Table.InsertRowAsync(entry, version.Next(), TestContext.Current.CancellationToken));
    }
}
