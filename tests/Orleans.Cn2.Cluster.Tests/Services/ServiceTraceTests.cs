using System.Collections.Concurrent;
using System.Diagnostics;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Cluster.Tests.Services;

[Collection(ClusterTests.Name)]
public sealed class ServiceTraceTests(ClusterFixture cluster)
{
    [Fact]
    public async Task Apply_Service_IsOneTraceUpToThePublishedEntry()
    {
        ConcurrentQueue<Activity> ended = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == "Orleans.Cn2.Services",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        ServiceManifest manifest = ClusterFixture.Manifest("trace", ClusterFixture.NewName("web"));

        await cluster.Service(manifest.Name).Apply(manifest, dryRun: false);

        string name = manifest.Name.ToString();
        Activity[] spans = [.. ended.Where(span => (string?)span.GetTagItem("cn2.service") == name)];
        Activity apply = Assert.Single(spans, span => span.OperationName == "service.apply");
        Activity[] steps = [.. spans.Where(span => span.ParentSpanId == apply.SpanId)];
        Assert.Equal(["service.claim", "service.store", "service.publish"], steps.Select(step => step.OperationName));
        ShardChanges shard = await cluster.Grains.GetGrain<ICatalogGrain>(ShardMap.ShardOf(manifest.Name)).Read(ShardVersion.None, int.MaxValue, TimeSpan.Zero);
        Assert.Equal(steps[2].Id, Assert.Single(shard.Upserts, upsert => upsert.Entry.Name == manifest.Name).Traceparent);
    }
}
