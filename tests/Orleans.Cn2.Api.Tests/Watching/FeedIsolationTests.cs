using System.Collections.Concurrent;
using System.Collections.Immutable;
using Google.Protobuf.Collections;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Cn2.Api.Services;
using Orleans.Cn2.Api.Watching;
using Orleans.Cn2.Contracts.Cluster;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Processes;
using Vmi = Orleans.Cn2.Core.Vmis.Vmi;

namespace Orleans.Cn2.Api.Tests.Watching;

/// <summary>What can't be read keeps watchers from nothing else, and nobody is told that it is gone.</summary>
public sealed class FeedIsolationTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly CancellationTokenSource _ended = new();
    private readonly RunningHost _host = new();
    private volatile bool _isBroken = true;

    public void Dispose() => _ended.Dispose();

    [Fact]
    public async Task Vmis_OneNamespaceCanNotBeRead_TellsTheOthersAndDeniesNothingOfThatOne()
    {
        VmiFeed feed = new(FakeGrains.Of((key, method, args) => method.Name switch
        {
            nameof(IClusterGrain.GetInventory) => Inventory(namespaces: ["broken", "sound"]),
            nameof(INamespaceGrain.Read) when key == "broken" && _isBroken => Task.FromException<VmiChanges>(new TimeoutException("planted fault")),
            nameof(INamespaceGrain.Read) when args[0] is 7UL => NothingNewAsync(),
            nameof(INamespaceGrain.Read) => Task.FromResult(new VmiChanges(7, true, key == "sound" ? [Pod("sound")] : [], [])),
            _ => null,
        }), _host, TimeProvider.System, NullLogger<VmiFeed>.Instance);
        RepeatedField<KnownObject> known = [Known("broken", "gone"), Known("sound", "gone")];
        (Task all, ConcurrentQueue<WatchEvent> ofAll) = Start(feed, new ListOptions(), known);
        (Task one, ConcurrentQueue<WatchEvent> ofSound) = Start(feed, new ListOptions { Namespace = "sound" }, []);

        await IsToldAsync(ofSound, (EventType.Added, "sound/pod"), (EventType.Bookmark, "/"));
        await IsToldAsync(ofAll, (EventType.Deleted, "sound/gone"), (EventType.Added, "sound/pod"));

        _isBroken = false;
        await IsToldAsync(ofAll, (EventType.Deleted, "sound/gone"), (EventType.Added, "sound/pod"), (EventType.Deleted, "broken/gone"), (EventType.Bookmark, "/"));
        await EndAsync(all, one);
    }

    [Fact]
    public async Task Polled_OneObjectCanNotBeRead_TellsTheOthersAndDeniesNothingOfThatOne()
    {
        Feed feed = new(FakeGrains.Of((_, _, _) => Inventory(nodes: ["broken", "sound"])), _host, name =>
            name == "sound" ? WatchedObject.Of(new NamespacedName("", name), Guid.Empty, LabelSet.Empty, new Node()) : _isBroken ? throw new TimeoutException("planted fault") : null);
        (Task all, ConcurrentQueue<WatchEvent> told) = Start(feed, new ListOptions(), [Known("", "broken"), Known("", "gone")]);

        await IsToldAsync(told, (EventType.Deleted, "/gone"), (EventType.Added, "/sound"));

        _isBroken = false;
        await IsToldAsync(told, (EventType.Deleted, "/gone"), (EventType.Added, "/sound"), (EventType.Deleted, "/broken"), (EventType.Bookmark, "/"));
        await EndAsync(all);
    }

    private static Task IsToldAsync(ConcurrentQueue<WatchEvent> told, params (EventType Type, string Name)[] expected) => Until.TrueAsync(
        "the watcher is told",
        Bound,
        () => Task.FromResult(told.Select(one => (one.Type, $"{one.Name.Namespace}/{one.Name.Name}")).SequenceEqual(expected)),
        () => string.Join(", ", told));

    private static KnownObject Known(string ns, string name) => new() { Namespace = ns, Name = name, Version = "1.1" };

    private static Vmi Pod(string ns) => new() { Name = new NamespacedName(ns, "pod"), Uid = Guid.NewGuid(), Node = "n1", Addresses = [IpAddress.Parse("192.0.2.1")] };

    private static Task<ClusterInventory> Inventory(ImmutableArray<string> nodes = default, ImmutableArray<string> namespaces = default) =>
        Task.FromResult(new ClusterInventory(1, [], nodes.IsDefault ? [] : nodes, namespaces.IsDefault ? [] : namespaces, null));

    private async Task<VmiChanges> NothingNewAsync()
    {
        await new TaskCompletionSource().Task.WaitAsync(_ended.Token);
        return new VmiChanges(7, false, [], []);
    }

    private (Task Run, ConcurrentQueue<WatchEvent> Told) Start(ObjectFeed feed, ListOptions options, RepeatedField<KnownObject> known)
    {
        ConcurrentQueue<WatchEvent> told = [];
        return (feed.WatchAsync(
            ListPage.Of(options),
            known,
            one =>
            {
                told.Enqueue(one);
                return Task.CompletedTask;
            },
            _ended.Token), told);
    }

    private async Task EndAsync(params Task[] watches)
    {
        await _ended.CancelAsync();
        foreach (Task watch in watches)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch);
        }
    }

    private sealed class Feed(IGrainFactory grains, IHostApplicationLifetime lifetime, Func<string, WatchedObject?> get)
        : PolledFeed(grains, lifetime, TimeProvider.System, NullLogger.Instance)
    {
        protected override string Kind => "nodes";

        protected override IEnumerable<string> NamesIn(ClusterInventory inventory) => inventory.Nodes;

        protected override Task<WatchedObject?> GetAsync(string name)
        {
            try
            {
                return Task.FromResult(get(name));
            }
            catch (TimeoutException failure)
            {
                return Task.FromException<WatchedObject?>(failure);
            }
        }
    }

    private sealed class RunningHost : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
        }
    }
}
