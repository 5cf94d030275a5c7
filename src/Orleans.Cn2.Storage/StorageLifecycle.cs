namespace Orleans.Cn2.Storage;

/// <summary>Opens a store before grains activate, and closes it after they have gone.</summary>
internal sealed class StorageLifecycle(string store, Func<Task> open, Func<Task> close) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(store, ServiceLifecycleStage.RuntimeStorageServices, _ => open(), _ => close());
}
