using System.Collections.Concurrent;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Grains;
using Orleans.Core.Internal;
using Orleans.Serialization;
using Orleans.Storage;
using Orleans.TestingHost;

namespace Orleans.Cn2.Cluster.Tests.VRouters;

/// <summary>Two silos whose hints may get lost, with a short grace.</summary>
public sealed class FanoutFixture : IAsyncLifetime
{
    internal TestCluster Cluster { get; private set; } = null!;

    internal IGrainFactory Grains => Cluster.GrainFactory;

    public async ValueTask InitializeAsync()
    {
        TestClusterBuilder builder = new(initialSilosCount: 2);
        builder.AddSiloBuilderConfigurator<Silo>();
        Cluster = builder.Build();
        await Cluster.DeployAsync();
    }

    public async ValueTask DisposeAsync() => await Cluster.DisposeAsync();

    internal INodeGrain Node(string name) => Grains.GetGrain<INodeGrain>(name);

    internal async Task<FakeWorker> AttachedAsync(string node, string? zone = null)
    {
        await Node(node).Register(new NodeSpec([IpAddress.Parse("172.18.0.2")], zone, [], LabelSet.Empty, LabelSet.Empty));
        FakeWorker worker = new(Grains.GetGrain<IVRouterGrain>(node));
        Assert.Equal(AttachRefusal.None, (await worker.AttachAsync(boot: 1)).Refusal);
        return worker;
    }

    internal Task ApplyAsync(Core.Services.ServiceManifest manifest) =>
        Grains.GetGrain<IServiceGrain>(manifest.Name.ToString()).Apply(manifest, dryRun: false);

    /// <summary>Waits until a worker holds a table of this Service for which the condition holds.</summary>
    internal static async Task HoldsAsync(FakeWorker worker, Core.NamespacedName service, Func<ServiceTable, bool> expected) => await ClusterFixture.EventuallyAsync(async () =>
    {
        await worker.PullAsync();
        return worker.Tables.Values.SingleOrDefault(table => table.Name == service) is { } table && expected(table);
    });

    /// <summary>Deactivates one grain, as the loss of its silo would.</summary>
    internal static Task EndAsync(IAddressable grain) => grain.AsReference<IGrainManagementExtension>().DeactivateOnIdle().AsTask();

    /// <summary>Loses calls of the methods named in <see cref="Lost"/> on their way in.</summary>
    internal sealed class LossyHints : IIncomingGrainCallFilter
    {
        public static ConcurrentDictionary<string, bool> Lost { get; } = new();

        public Task Invoke(IIncomingGrainCallContext context) =>
            Lost.ContainsKey(context.MethodName) ? Task.CompletedTask : context.Invoke();
    }

    /// <summary>Holds chosen calls back on their way in, or their answers on the way out.</summary>
    internal sealed class HeldCalls : IIncomingGrainCallFilter
    {
        private static volatile HeldCall? _held;

        /// <summary>Holds calls from now on.</summary>
        /// <param name="concerns">Calls that are noted.</param>
        /// <param name="method">Of these, calls of this method are held.</param>
        /// <param name="answers">True: they take effect, and their answers are held.</param>
        public static HeldCall Hold(Func<IIncomingGrainCallContext, bool> concerns, string method, bool answers) => _held = new HeldCall(concerns, method, answers);

        public Task Invoke(IIncomingGrainCallContext context) => _held is { } held && held.Concerns(context) ? held.InvokeAsync(context) : context.Invoke();
    }

    /// <summary>Calls that are held until they are let go.</summary>
    internal sealed class HeldCall(Func<IIncomingGrainCallContext, bool> concerns, string method, bool answers)
    {
        private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _free = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Ends when a call is held.</summary>
        public Task Arrived => _arrived.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        /// <summary>Methods called, in order.</summary>
        public ConcurrentQueue<string> Seen { get; } = new();

        public bool Concerns(IIncomingGrainCallContext context) => concerns(context);

        public void LetGo() => _free.TrySetResult();

        public async Task InvokeAsync(IIncomingGrainCallContext context)
        {
            Seen.Enqueue(context.MethodName);
            bool held = context.MethodName == method;
            if (!held || answers)
            {
                await context.Invoke();
            }

            if (held)
            {
                _arrived.TrySetResult();
                await _free.Task;
            }

            if (held && !answers)
            {
                await context.Invoke();
            }
        }
    }

    private sealed class Silo : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder)
        {
            siloBuilder.AddMemoryGrainStorageAsDefault(options => options.Configure<Serializer>(
                (memory, serializer) => memory.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer)));
            siloBuilder.AddIncomingGrainCallFilter<LossyHints>();
            siloBuilder.AddIncomingGrainCallFilter<HeldCalls>();
            siloBuilder.AddCn2Grains(cluster =>
            {
                cluster.ServiceCidrs = [IpPrefix.Parse("10.96.0.0/16"), IpPrefix.Parse("fd00:96::/108")];
                cluster.NodeGrace = TimeSpan.FromSeconds(3);
                cluster.Heartbeat = TimeSpan.FromSeconds(1);
            });
        }
    }
}

/// <summary>Tests that share the two silos run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class FanoutTests : ICollectionFixture<FanoutFixture>
{
    public const string Name = "fanout";
}
