using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Grains.Hosting;

namespace Orleans.Cn2.Grains.Vmis;

/// <summary>How a namespace that started finds its Services again.</summary>
/// <param name="ns">The namespace.</param>
/// <param name="grains">The grains.</param>
/// <param name="index">Takes the subscriptions.</param>
/// <param name="selections">How many Services are asked at once.</param>
/// <param name="found">Told of a Service that was subscribed, or is silent: what changed while it was not is unknown, so it is asked to look again.</param>
/// <param name="logger">Told of silent ones.</param>
internal sealed class Resubscription(
    string ns, IGrainFactory grains, SelectorIndex index, Pace selections, Action<NamespacedName> found, ILogger logger)
{
    // While a silo starts all Services come by themselves within some seconds; afterwards new ones may come for ever.
    private const int MostPeriods = 15;
    private Task? _all;
    private int _periods;
    private int _came;

    /// <summary>
    /// Asked once a period: true when no Service came by itself since the last time, so that those which are left must be asked. Before that most would be asked
    /// in vain: each asks for its members as soon as it is its turn.
    /// </summary>
    public bool IsSettled()
    {
        int before = _came;
        _came = index.Services.Count;
        return _came == before || ++_periods >= MostPeriods;
    }

    /// <summary>
    /// Ends when every Service that selects VMIs is subscribed, as those must be whom a change is told to. A Service that asks for its members before has done
    /// that by itself, as all do when silos start; the others are asked when the first change comes.
    /// </summary>
    public Task AllAsync()
    {
        if (_all is null or { IsFaulted: true })
        {
            _all = RunAsync();
        }

        return _all;
    }

    /// <summary>Subscribes a Service. Nothing is selected by one that is being deleted, or created: that one asks for its members later, which subscribes it.</summary>
    public async Task RunAsync(NamespacedName service)
    {
        if (index.Has(service))
        {
            return;
        }

        try
        {
            SelectRequest? request = await selections.RunAsync(
                () => index.Has(service) ? Task.FromResult<SelectRequest?>(null) : grains.GetGrain<IServiceGrain>(service.ToString()).GetSelection());
            if (request is null || index.Has(service))
            {
                return;
            }

            index.Set(request);
        }
        catch (Exception failure)
        {
            // One Service whose record can't be read must not keep its namespace from changing, nor miss a change: it is told of every one, until it has asked.
            logger.Silent(ns, service.Name, failure.Message);
            index.SetSilent(service);
        }

        found(service);
    }

    private async Task RunAsync()
    {
        ImmutableArray<NamespacedName>[] lists = await Task.WhenAll(
            Enumerable.Range(0, ShardMap.Shards).Select(shard => grains.GetGrain<ICatalogGrain>(shard).ListOf(ns)));
        await Task.WhenAll(lists.SelectMany(list => list).Select(RunAsync));
    }
}
