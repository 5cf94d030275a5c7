using Orleans.Storage;

namespace Orleans.Cn2.Storage.Tests.Redis;

public sealed class RedisGrainStorageTests(RedisFixture redis) : GrainStorageConformance, IAsyncLifetime
{
    private RedisSilo? _silo;

    protected override IGrainStorage Storage => _silo!.Storage;

    protected override bool RefusalNamesEtags => false;

    public async ValueTask InitializeAsync() => _silo = await RedisSilo.StartAsync(redis.Server.ConnectionString);

    public ValueTask DisposeAsync() => _silo!.DisposeAsync();
}
