using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Cn2.Storage.Sqlite;
using Orleans.Providers;
using Orleans.Runtime.Hosting;

namespace Orleans.Cn2.Storage;

/// <summary>Adds the embedded store to a silo.</summary>
public static class EmbeddedStorageSiloBuilderExtensions
{
    /// <summary>Name under which the store is registered besides being the default.</summary>
    public const string ProviderName = "cn2";

    /// <summary>
    /// Registers the embedded store as the default grain storage, as the one named <see cref="ProviderName"/>, and as
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
        services.TryAddSingleton<EmbeddedGrainStorage>();
        services.TryAddSingleton<IStateIndex>(provider => provider.GetRequiredService<EmbeddedGrainStorage>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILifecycleParticipant<ISiloLifecycle>, EmbeddedStorageLifecycle>());
        foreach (string name in (string[])[ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, ProviderName])
        {
            services.AddGrainStorage(name, (provider, _) => provider.GetRequiredService<EmbeddedGrainStorage>());
        }

        return builder;
    }
}
