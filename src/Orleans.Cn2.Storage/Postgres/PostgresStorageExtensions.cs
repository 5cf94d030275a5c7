using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Cn2.Schema;
using Orleans.Cn2.Storage.Postgres;
using Orleans.Cn2.Storage.States;
using Orleans.Messaging;

namespace Orleans.Cn2.Storage;

/// <summary>Adds the store on PostgreSQL to silos, and the way to them to clients of the cluster.</summary>
public static class PostgresStorageExtensions
{
    /// <summary>
    /// Registers PostgreSQL as the default grain storage, as the one named <see cref="StateStorage.ProviderName"/>, as <see cref="IStateIndex"/>, and as the
    /// membership of the cluster. The silo makes or upgrades the tables; it does not start if the settings are wrong or the database can't be used.
    /// </summary>
    public static ISiloBuilder AddCn2PostgresStorage(this ISiloBuilder builder, Action<PostgresStorageOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        IServiceCollection services = AddServer(builder.Services, configure);
        services.TryAddSingleton<PostgresStateStore>();
        services.TryAddSingleton<IStateStore>(provider => provider.GetRequiredService<PostgresStateStore>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider =>
        {
            PostgresStateStore store = provider.GetRequiredService<PostgresStateStore>();
            return new StorageLifecycle(store.Location, store.OpenAsync, store.CloseAsync);
        });
        StateStorage.AddTo(services);
        services.AddSingleton<IMembershipTable, PostgresMembershipTable>();
        return builder;
    }

    /// <summary>Lets a client of the cluster find its silos in PostgreSQL.</summary>
    public static IClientBuilder UseCn2PostgresClustering(this IClientBuilder builder, Action<PostgresStorageOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        AddServer(builder.Services, configure)
            .AddSingleton<IMembershipTable, PostgresMembershipTable>()
            .AddSingleton<IGatewayListProvider, PostgresGatewayList>();
        return builder;
    }

    /// <summary>What is wrong with a connection string, without showing it: it may hold a password. Empty when nothing is.</summary>
    public static IReadOnlyList<string> Check(string connectionString) => PostgresConnection.Faults(connectionString);

    private static IServiceCollection AddServer(IServiceCollection services, Action<PostgresStorageOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<PostgresStorageOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PostgresStorageOptions>, PostgresStorageOptionsValidator>());
        services.TryAddSingleton<PostgresServer>();
        return services;
    }
}
