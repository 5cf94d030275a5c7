using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Cn2.Storage.Sqlite;
using Orleans.Cn2.Storage.States;

namespace Orleans.Cn2.Storage;

/// <summary>Adds the embedded store to a silo.</summary>
public static class EmbeddedStorageSiloBuilderExtensions
{
    /// <summary>
    /// Registers the embedded store as the default grain storage, as the one named <see cref="StateStorage.ProviderName"/>, and as
    /// <see cref="IStateIndex"/>. The silo does not start if the settings are wrong or the file can't be opened.
    /// </summary>
    public static ISiloBuilder AddCn2EmbeddedStorage(this ISiloBuilder builder, Action<EmbeddedStorageOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        IServiceCollection services = builder.Services;
        services.AddOptions<EmbeddedStorageOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EmbeddedStorageOptions>, EmbeddedStorageOptionsValidator>());
        services.TryAddSingleton<EmbeddedDatabase>();
        services.TryAddSingleton<IStateStore, EmbeddedStateStore>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider =>
        {
            EmbeddedDatabase database = provider.GetRequiredService<EmbeddedDatabase>();
            return new StorageLifecycle(database.Path, database.OpenAsync, database.CloseAsync);
        });
        StateStorage.AddTo(services);
        return builder;
    }
}
