using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Api.Watching;

/// <summary>VMIs: reads the changes of every namespace; namespaces that appear later join in. One that can't be read keeps the others from nothing.</summary>
internal sealed class VmiFeed(IGrainFactory grains, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<VmiFeed> log)
    : ObjectFeed(lifetime, time, log)
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan InventoryPeriod = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    protected override string Kind => "vmis";

    /// <inheritdoc/>
    protected override async Task RunAsync(ObjectBoard board, CancellationToken stopping)
    {
        Dictionary<string, (Task Read, Task Followed)> namespaces = [];
        await RepeatAsync(
            async () =>
            {
                ClusterInventory inventory = await grains.GetGrain<IClusterGrain>(IClusterGrain.Key).GetInventory().ConfigureAwait(false);
                foreach (string ns in inventory.Namespaces.Where(ns => !namespaces.ContainsKey(ns)))
                {
                    TaskCompletionSource read = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    namespaces[ns] = (read.Task, FollowAsync(ns, board, read, stopping));
                }

                await Task.WhenAll(namespaces.Values.Select(known => known.Read)).WaitAsync(stopping).ConfigureAwait(false);
                board.SetFilled();
                await PauseAsync(InventoryPeriod, stopping).ConfigureAwait(false);
            },
            stopping).ConfigureAwait(false);
        await Task.WhenAll(namespaces.Values.Select(known => known.Followed)).ConfigureAwait(false);
    }

    private async Task FollowAsync(string ns, ObjectBoard board, TaskCompletionSource read, CancellationToken stopping)
    {
        ulong have = 0;
        NamespacedName all = new(ns, "");
        await RepeatAsync(
            async () =>
            {
                VmiChanges changes;
                try
                {
                    changes = await grains.GetGrain<INamespaceGrain>(ns).Read(have, Wait).ConfigureAwait(false);
                }
                catch when (!read.Task.IsCompleted)
                {
                    board.SetUnread(all);
                    read.SetResult();
                    throw;
                }

                HashSet<NamespacedName> present = [.. changes.Upserts.Select(vmi => vmi.Name)];
                NamespacedName[] gone = changes.Complete
                    ? [.. board.Names().Where(name => name.Namespace == ns && !present.Contains(name))]
                    : [.. changes.Deletes.Select(vmi => vmi.Name).Where(name => !present.Contains(name))];
                Array.ForEach(gone, board.Remove);
                foreach (Vmi vmi in changes.Upserts)
                {
                    board.Put(WatchedObject.Of(vmi.Name, vmi.Uid, vmi.Labels, VmiMapping.ToProto(vmi)));
                }

                have = changes.Version;
                board.SetRead(all);
                read.TrySetResult();
            },
            stopping).ConfigureAwait(false);
    }
}
