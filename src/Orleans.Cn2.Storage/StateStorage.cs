using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Cn2.Storage.States;
using Orleans.Providers;
using Orleans.Runtime.Hosting;

namespace Orleans.Cn2.Storage;

/// <summary>What every store of ours registers.</summary>
public static class StateStorage
{
    /// <summary>Name under which a store is registered besides being the default.</summary>
    public const string ProviderName = "cn2";

    internal static void AddTo(IServiceCollection services)
    {
        services.TryAddSingleton<StateGrainStorage>();
        services.TryAddSingleton<IStateIndex>(provider => provider.GetRequiredService<StateGrainStorage>());
        foreach (string name in (string[])[ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, ProviderName])
        {
            services.AddGrainStorage(name, (provider, _) => provider.GetRequiredService<StateGrainStorage>());
        }
    }
}
