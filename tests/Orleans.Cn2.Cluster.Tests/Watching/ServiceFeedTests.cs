using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Cn2.Api.Services;
using Orleans.Cn2.Api.Watching;
using Orleans.Cn2.Cluster.Tests.VRouters;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Core.Services;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Cluster.Tests.Watching;

[Collection(FanoutTests.Name)]
public sealed class ServiceFeedTests(FanoutFixture cluster)
{
    [Fact]
    public async Task Watch_ServiceDoesNotKnowYetWhatItPublished_IsToldOfItsEndpoints()
    {
        string node = ClusterFixture.NewName("feed");
        ServiceManifest manifest = ClusterFixture.Manifest("feed", ClusterFixture.NewName("web"));
        await cluster.AttachedAsync(node);
        await cluster.ApplyAsync(manifest);
        using CancellationTokenSource left = new();
        ConcurrentQueue<Proto.Service> told = new();
        Task watching = new ServiceFeed(cluster.Grains, new Lifetime(), TimeProvider.System, NullLogger<ServiceFeed>.Instance).WatchAsync(
            ListPage.Of(new Proto.ListOptions { Namespace = "feed" }), [], TellAsync, left.Token);
        await ClusterFixture.EventuallyAsync(() => Task.FromResult(told.Any(service => service.Metadata.Name == manifest.Name.Name)));
        FanoutFixture.HeldCall published = FanoutFixture.HeldCalls.Hold(
            call => call.MethodName == nameof(ICatalogGrain.Publish) && call.Request.GetArgument(1) is PublishedEntry entry && entry.Entry.Name == manifest.Name,
            nameof(ICatalogGrain.Publish),
            answers: true);

        await cluster.Node(node).RegisterVmi(ClusterFixture.Vmi("feed", ClusterFixture.NewName("pod"), manifest.Name.Name, node, "10.204.0.1", "fdcc::1"), 0);
        await published.Arrived;
        try
        {
            await ClusterFixture.EventuallyAsync(() => Task.FromResult(told.Last(service => service.Metadata.Name == manifest.Name.Name).Status.TotalEndpoints == 1));
        }
        finally
        {
            published.LetGo();
            await left.CancelAsync();
            await watching.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
            await cluster.Node(node).Delete();
        }

        Task TellAsync(WatchEvent what)
        {
            if (what.Message<Proto.Service>() is { } service)
            {
                told.Enqueue(service);
            }

            return Task.CompletedTask;
        }
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => throw new NotSupportedException();
    }
}
