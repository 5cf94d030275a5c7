using Orleans.Cn2.Storage.States;

namespace Orleans.Cn2.Storage.Tests.Embedded;

public sealed class EmbeddedGrainStorageTests : OwnStorageConformance
{
    private StorageFixture? _fixture;

    private protected override IStateStore Store => _fixture!.Store;

    public override async ValueTask InitializeAsync() => _fixture = await StorageFixture.OpenAsync();

    private protected override ValueTask CloseAsync() => _fixture!.DisposeAsync();
}
