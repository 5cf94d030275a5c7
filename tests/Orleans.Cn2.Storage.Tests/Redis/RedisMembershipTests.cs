using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace Orleans.Cn2.Storage.Tests.Redis;

public sealed class RedisMembershipTests(RedisFixture redis) : MembershipConformance, IAsyncLifetime
{
    private IHost? _host;

    protected override IMembershipTable Table => _host!.Services.GetRequiredService<IMembershipTable>();

    public async ValueTask InitializeAsync()
    {
        string cluster = Guid.NewGuid().ToString("n");
        _host = Host.CreateDefaultBuilder()
            .UseOrleans(silo => silo
                .AddCn2RedisStorage(redis.Server.ConnectionString)
                .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster, cluster)))
            .Build();
        await Table.InitializeMembershipTableAsync(true, TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _host?.Dispose();
        return ValueTask.CompletedTask;
    }
}
