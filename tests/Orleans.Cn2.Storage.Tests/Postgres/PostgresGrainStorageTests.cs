using Orleans.Cn2.Storage.States;

namespace Orleans.Cn2.Storage.Tests.Postgres;

public sealed class PostgresGrainStorageTests(PostgresFixture postgres) : OwnStorageConformance
{
    private PostgresStore? _store;

    private protected override IStateStore Store => _store!.Store;

    public override async ValueTask InitializeAsync() => _store = await PostgresStore.OpenAsync(postgres.Server);

    private protected override ValueTask CloseAsync() => _store!.DisposeAsync();
}
