using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Grains.Audits;
using Orleans.Cn2.Grains.Catalog;
using Orleans.Cn2.Grains.Hosting;
using Orleans.Cn2.Grains.Nodes;
using Orleans.Cn2.Grains.Progress;
using Orleans.Cn2.Grains.VRouters;

namespace Orleans.Cn2.Grains;

/// <summary>Adds the grains to a silo.</summary>
public static class Cn2GrainsExtensions
{
    /// <summary>Adds the grains' services and what runs beside them: the table relay, and the start of shards and default subnet.</summary>
    public static ISiloBuilder AddCn2Grains(this ISiloBuilder builder, Action<Cn2GrainsOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddOptions<Cn2GrainsOptions>().Configure(options => configure?.Invoke(options)).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<Cn2GrainsOptions>, Cn2GrainsOptionsValidator>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services
            .AddSingleton<VRouterMeter>()
            .AddSingleton<Subnets.SubnetMeter>()
            .AddSingleton<CatalogMeter>()
            .AddSingleton<AuditMeter>()
            .AddSingleton<Paces>()
            .AddSingleton(services => ReadsOf(services.GetRequiredService<IGrainFactory>()))
            .AddSingleton<TableRelay>()
            .AddSingleton<ProgressReporter>()
            .AddHostedService(services => services.GetRequiredService<TableRelay>())
            .AddHostedService(services => services.GetRequiredService<ProgressReporter>())
            .AddHostedService<ClusterStart>();
        KnownInterfaceTypes.AddTo(builder.Services);
        return builder;
    }

    private static NodeReads ReadsOf(IGrainFactory grains) => new((node, namespaces) => grains.GetGrain<INodeGrain>(node).VmisOf(namespaces));
}
