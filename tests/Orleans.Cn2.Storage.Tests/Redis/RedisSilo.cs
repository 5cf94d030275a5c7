using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Storage;

namespace Orleans.Cn2.Storage.Tests.Redis;

/// <summary>A silo on Redis, for its providers; its cluster is its own.</summary>
internal sealed class RedisSilo : IAsyncDisposable
{
    private readonly IHost _host;

    private RedisSilo(IHost host) => _host = host;

    public IGrainStorage Storage => _host.Services.GetRequiredKeyedService<IGrainStorage>(StateStorage.ProviderName);

    public static async Task<RedisSilo> StartAsync(string connectionString)
    {
        string cluster = Guid.NewGuid().ToString("n");
        IHost host = Host.CreateDefaultBuilder()
            .ConfigureLogging(logging => logging.ClearProviders())
            .UseOrleans(silo => silo
                .UseLocalhostClustering(Ports.Free(), Ports.Free())
                .AddCn2RedisStorage(connectionString)
                .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster, cluster)))
            .Build();
        RedisSilo silo = new(host);
        try
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }
}
