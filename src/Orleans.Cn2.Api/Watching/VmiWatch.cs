using Grpc.Core;
using Orleans.Cn2.Api.Mapping;
using Orleans.Cn2.Api.Services;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Vmis;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Watching;

/// <summary>One watch of VMIs: reads the changes of every namespace it covers; namespaces that appear later join in.</summary>
internal sealed class VmiWatch(IGrainFactory grains, ListPage page, IServerStreamWriter<Proto.VmiEvent> stream)
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);
    private readonly Dictionary<NamespacedName, Vmi> _sent = [];
    private readonly Dictionary<string, ulong> _versions = [];

    /// <summary>Runs until the watcher leaves.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        bool told = false;
        while (!cancellation.IsCancellationRequested)
        {
            string[] namespaces = [.. await VmisApi.NamespacesAsync(grains, page).ConfigureAwait(false)];
            VmiChanges[] changes = await Task.WhenAll(namespaces.Select(ns =>
                grains.GetGrain<INamespaceGrain>(ns).Read(_versions.GetValueOrDefault(ns), told ? Wait : TimeSpan.Zero))).ConfigureAwait(false);
            foreach ((string ns, VmiChanges change) in namespaces.Zip(changes))
            {
                await TellAsync(ns, change, cancellation).ConfigureAwait(false);
            }

            if (!told)
            {
                told = true;
                await stream.WriteAsync(new Proto.VmiEvent { Type = Proto.EventType.Bookmark }, cancellation).ConfigureAwait(false);
            }

            if (namespaces.Length == 0)
            {
                await Task.Delay(Wait, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task TellAsync(string ns, VmiChanges change, CancellationToken cancellation)
    {
        _versions[ns] = change.Version;
        HashSet<NamespacedName> present = [.. change.Upserts.Select(vmi => vmi.Name)];
        NamespacedName[] gone = change.Complete
            ? [.. _sent.Keys.Where(name => name.Namespace == ns && !present.Contains(name))]
            : [.. change.Deletes.Select(vmi => vmi.Name).Where(name => !present.Contains(name))];
        foreach (NamespacedName name in gone)
        {
            await ForgetAsync(name, cancellation).ConfigureAwait(false);
        }

        foreach (Vmi vmi in change.Upserts)
        {
            if (!page.Matches(vmi.Labels))
            {
                await ForgetAsync(vmi.Name, cancellation).ConfigureAwait(false);
            }
            else if (!_sent.TryGetValue(vmi.Name, out Vmi? former) || former != vmi)
            {
                _sent[vmi.Name] = vmi;
                Proto.EventType type = former is null ? Proto.EventType.Added : Proto.EventType.Modified;
                await stream.WriteAsync(new Proto.VmiEvent { Type = type, Vmi = VmiMapping.ToProto(vmi) }, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task ForgetAsync(NamespacedName name, CancellationToken cancellation)
    {
        if (_sent.Remove(name, out Vmi? former))
        {
            await stream.WriteAsync(new Proto.VmiEvent { Type = Proto.EventType.Deleted, Vmi = VmiMapping.ToProto(former) }, cancellation).ConfigureAwait(false);
        }
    }
}
