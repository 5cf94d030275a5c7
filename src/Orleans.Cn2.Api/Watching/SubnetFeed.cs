using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Labels;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Watching;

/// <summary>Subnets as defined; how much of them is used is answered by Get.</summary>
internal sealed class SubnetFeed(IGrainFactory grains, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<SubnetFeed> log)
    : PolledFeed(grains, lifetime, time, log)
{
    /// <inheritdoc/>
    protected override string Kind => "subnets";

    /// <inheritdoc/>
    protected override IEnumerable<string> NamesIn(ClusterInventory inventory) => inventory.Subnets.Select(subnet => subnet.Name);

    /// <inheritdoc/>
    protected override async Task<WatchedObject?> GetAsync(string name)
    {
        if (await Grains.GetGrain<ISubnetGrain>(name).Get().ConfigureAwait(false) is not { } view)
        {
            return null;
        }

        Proto.Subnet subnet = SubnetMapping.ToProto(view);
        subnet.Usage.Clear();
        return WatchedObject.Of(new NamespacedName("", name), view.Uid, LabelSet.Empty, subnet);
    }
}
