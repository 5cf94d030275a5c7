using Orleans.Cn2.Storage.Sqlite;

namespace Orleans.Cn2.Storage;

/// <summary>Opens the store before grains activate, and closes it after they have gone.</summary>
internal sealed class EmbeddedStorageLifecycle(EmbeddedDatabase database) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle observer) => observer.Subscribe(
        nameof(EmbeddedStorageLifecycle),
        ServiceLifecycleStage.RuntimeStorageServices,
        _ => database.OpenAsync(),
        _ => database.CloseAsync());
}
