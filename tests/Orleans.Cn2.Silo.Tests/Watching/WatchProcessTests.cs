using System.Collections.Concurrent;
using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Silo.Tests.Security;

namespace Orleans.Cn2.Silo.Tests.Watching;

/// <summary>Watches of all kinds against a silo in a process of its own.</summary>
public sealed class WatchProcessTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Watches_OfAllKinds_OverASiloRestart_SeeEachChangeOnce()
    {
        using ScratchFolder scratch = new();
        string socket = scratch.Of("silo.sock");
        SiloRun silo = await SiloRun.StartHealthyAsync(scratch.Of("data"), socket);
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using Cn2Client client = Cn2Client.Connect("unix:" + socket);
        Seen services = Seen.Of(client.WatchServicesAsync(cancellation: ended.Token), told => (told.Type, told.Service?.Metadata), ended.Token);
        Seen vmis = Seen.Of(client.WatchVmisAsync(cancellation: ended.Token), told => (told.Type, told.Vmi?.Metadata), ended.Token);
        Seen nodes = Seen.Of(client.WatchNodesAsync(ended.Token), told => (told.Type, told.Node?.Metadata), ended.Token);
        Seen subnets = Seen.Of(client.WatchSubnetsAsync(ended.Token), told => (told.Type, told.Subnet?.Metadata), ended.Token);

        await Calls.RegisterNodeAsync(client, "rack-1");
        await Calls.ApplyAsync(client, "shop", "web");
        await RegisterVmiAsync(client, "web-1", 21);
        Subnet more = new() { Metadata = new ObjectMeta { Name = "more" }, Cidrs = { "10.200.0.0/24" } };
        await Calls.KnownAsync(() => client.Subnets.ApplyAsync(new ApplySubnetRequest { Subnet = more }, Calls.Within()));
        await services.UntilAsync("ADDED shop/web", "MODIFIED shop/web");
        await vmis.UntilAsync("ADDED shop/web-1");
        await nodes.UntilAsync("ADDED rack-1");
        await subnets.UntilAsync("ADDED more");

        // A label alone changes no table; a watcher is told all the same.
        Service labelled = await client.Services.GetAsync(new GetServiceRequest { Namespace = "shop", Name = "web" }, Calls.Within());
        labelled.Metadata.Labels["tier"] = "front";
        int before = services.Count;
        labelled.Metadata.ResourceVersion = "";
        await Calls.KnownAsync(() => client.Services.ApplyAsync(new ApplyServiceRequest { Service = labelled }, Calls.Within()));
        await Until.TrueAsync("the label is told", Bound, () => Task.FromResult(services.Count == before + 1), () => services.ToString());

        await silo.Program.KillAsync();
        await silo.DisposeAsync();
        silo = await SiloRun.StartHealthyAsync(scratch.Of("data"), socket);
        await DeleteAsync(client, "web");
        await client.Vmis.DeregisterAsync(new DeregisterVmiRequest { Namespace = "shop", Name = "web-1" }, Calls.Within());
        await Calls.ApplyAsync(client, "shop", "after");
        await Calls.RegisterNodeAsync(client, "rack-2");
        await services.UntilAsync("DELETED shop/web", "ADDED shop/after");
        await vmis.UntilAsync("DELETED shop/web-1");
        await nodes.UntilAsync("ADDED rack-2");
        await ended.CancelAsync();
        await silo.DisposeAsync();

        Assert.All([services, vmis, nodes, subnets], seen => seen.IsWellFormed());
        Assert.Equal(["ADDED shop/web-1", "DELETED shop/web-1"], vmis.All);
        Assert.Equal(["ADDED rack-1", "ADDED rack-2"], nodes.All.Where(line => !line.StartsWith("MODIFIED", StringComparison.Ordinal)));
        Assert.Single(subnets.All, line => line == "ADDED more");
    }

    [Fact]
    public async Task Watches_Many_OfRandomChanges_AllEndAtTheTruth()
    {
        using ScratchFolder scratch = new();
        await using SiloRun silo = await SiloRun.StartHealthyAsync(scratch.Of("data"));
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using Cn2Client client = Cn2Client.Connect(silo.Grpc);
        Seen[] watchers = [.. Enumerable.Range(0, 50).Select(_ =>
            Seen.Of(client.WatchServicesAsync("shop", cancellation: ended.Token), told => (told.Type, told.Service?.Metadata), ended.Token))];
        Random random = new(7);
        HashSet<string> there = [];
        for (int change = 0; change < 120; change++)
        {
            string name = $"web-{random.Next(8)}";
            if (there.Contains(name) && random.Next(2) == 0)
            {
                there.Remove(name);
                await DeleteAsync(client, name);
            }
            else
            {
                there.Add(name);
                Service service = new()
                {
                    Metadata = new ObjectMeta { Namespace = "shop", Name = name, Labels = { ["change"] = $"{change}" } },
                    Spec = new ServiceSpec { Selector = { ["app"] = name }, Ports = { new ServicePort { Port = 80 } } },
                };
                await Calls.KnownAsync(() => client.Services.ApplyAsync(new ApplyServiceRequest { Service = service }, Calls.Within()));
            }
        }

        await Calls.ApplyAsync(client, "shop", "last");
        string[] truth = [.. there.Append("last").Select(name => $"shop/{name}").Order()];
        foreach (Seen watcher in watchers)
        {
            await Until.TrueAsync("the watcher is at the truth", Bound, () => Task.FromResult(watcher.Present.SequenceEqual(truth)), () => watcher.ToString());
            watcher.IsWellFormed();
        }

        await ended.CancelAsync();
    }

    // A repeated deletion may find that the first one was done.
    private static async Task DeleteAsync(Cn2Client client, string name)
    {
        try
        {
            await Calls.KnownAsync(() => client.Services.DeleteAsync(new DeleteServiceRequest { Namespace = "shop", Name = name }, Calls.Within()));
        }
        catch (RpcException gone) when (gone.StatusCode == StatusCode.NotFound)
        {
            Assert.DoesNotContain(name, (await client.Services.ListAsync(new ListServicesRequest { Options = new ListOptions { Namespace = "shop" } }, Calls.Within())).Services.Select(service => service.Metadata.Name));
        }
    }

    private static async Task RegisterVmiAsync(Cn2Client client, string name, int host) => await Calls.KnownAsync(() => client.Vmis.RegisterAsync(
        new RegisterVmiRequest
        {
            Vmi = new Vmi
            {
                Metadata = new ObjectMeta { Namespace = "shop", Name = name, Labels = { ["app"] = "web" } }, Node = "rack-1", Addresses = { $"198.51.100.{host}" },
            },
        },
        Calls.Within()));

    /// <summary>What a watcher saw.</summary>
    private sealed class Seen
    {
        private readonly ConcurrentQueue<(EventType Type, string Name)> _events = new();

        public int Count => _events.Count;

        public IEnumerable<string> All => _events.Where(told => told.Type != EventType.Bookmark).Select(told => $"{told.Type.ToString().ToUpperInvariant()} {told.Name}");

        /// <summary>Names of what is there after all events so far.</summary>
        public IEnumerable<string> Present
        {
            get
            {
                SortedSet<string> present = new(StringComparer.Ordinal);
                foreach ((EventType type, string name) in _events)
                {
                    _ = type == EventType.Added ? present.Add(name) : type == EventType.Deleted && present.Remove(name);
                }

                return present;
            }
        }

        public static Seen Of<T>(IAsyncEnumerable<T> events, Func<T, (EventType Type, ObjectMeta? Object)> describe, CancellationToken ended)
        {
            Seen seen = new();
            _ = Task.Run(
                async () =>
                {
                    await foreach (T told in events.WithCancellation(ended))
                    {
                        (EventType type, ObjectMeta? item) = describe(told);
                        seen._events.Enqueue((type, item is null ? "" : item.Namespace.Length == 0 ? item.Name : $"{item.Namespace}/{item.Name}"));
                    }
                },
                CancellationToken.None);
            return seen;
        }

        public async Task UntilAsync(params string[] lines)
        {
            foreach (string line in lines)
            {
                await Until.TrueAsync(line, Bound, () => Task.FromResult(All.Contains(line)), ToString);
            }
        }

        /// <summary>Nothing is added that is there, or changed or deleted that is not.</summary>
        public void IsWellFormed()
        {
            HashSet<string> present = [];
            foreach ((EventType type, string name) in _events.Where(told => told.Type != EventType.Bookmark))
            {
                Assert.True(type switch { EventType.Added => present.Add(name), EventType.Deleted => present.Remove(name), _ => present.Contains(name) }, $"{type} {name} in: {this}");
            }
        }

        public override string ToString() => string.Join(", ", All);
    }
}
