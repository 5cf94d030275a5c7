using CsCheck;
using Orleans.Cn2.Contracts.Catalog;
using Orleans.Cn2.Contracts.Namespaces;
using Orleans.Cn2.Contracts.Nodes;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.VRouters;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Core.Vmis;
using NodeView = Orleans.Cn2.Core.Tables.NodeView;

namespace Orleans.Cn2.Cluster.Tests.VRouters;

/// <summary>Tables converge: what a worker holds is what compiling all that is stored gives, whatever changed, restarted or got lost in between.</summary>
[Collection(FanoutTests.Name)]
public sealed class ChurnTests(FanoutFixture cluster)
{
    private const int Apps = 3;
    private static int _runs;

    [Fact]
    public async Task Churn_WithRestartsAndLostHints_ConvergesToWhatIsStored() =>
        await Gen.Select(Gen.Int[0, 8], Gen.Int[0, Apps - 1], Gen.Int[0, 3]).Array[15, 30].SampleAsync(
            async steps =>
            {
                Run run = new(cluster, $"churn-{Interlocked.Increment(ref _runs)}");
                await run.StartAsync();
                foreach ((int action, int app, int pod) in steps)
                {
                    await run.StepAsync(action, app, pod);
                }

                FanoutFixture.LossyHints.Lost.Clear();
                await run.ConvergesAsync();
                await run.EndAsync();
            },
            iter: 4,
            threads: 1);

    /// <summary>One history: Services, back ends on two nodes, a worker on each.</summary>
    private sealed class Run(FanoutFixture cluster, string ns)
    {
        private readonly Dictionary<string, Vmi> _pods = [];
        private readonly FakeWorker[] _workers = new FakeWorker[2];
        private readonly Dictionary<Guid, ServiceTable>[] _held = [[], []];
        private readonly Task[] _pumps = new Task[2];
        private readonly HashSet<NamespacedName> _services = [];
        private volatile bool _over;

        public async Task StartAsync()
        {
            for (int i = 0; i < _workers.Length; i++)
            {
                _workers[i] = await cluster.AttachedAsync(NodeName(i), zone: $"zone-{i}");
                _pumps[i] = PumpAsync(i);
            }
        }

        public async Task StepAsync(int action, int app, int pod)
        {
            NamespacedName service = new(ns, $"app{app}");
            string podName = $"pod{app}-{pod}";
            INodeGrain node = cluster.Node(NodeName(pod % 2));
            switch (action)
            {
                case 0 or 1 when !_pods.ContainsKey(podName):
                    Vmi vmi = ClusterFixture.Vmi(ns, podName, service.Name, NodeName(pod % 2), Unique(app, pod, "10.{0}.{1}.{2}"), Unique(app, pod, "fd{0}:{1}::{2}"));
                    await node.RegisterVmi(vmi, 0);
                    _pods[podName] = vmi;
                    break;
                case 2 when _pods.TryGetValue(podName, out Vmi? known):
                    await node.UpdateVmi(known.Uid, new Contracts.Nodes.VmiUpdate(pod % 2 == 0, null, null, null, null));
                    break;
                case 3 when _pods.TryGetValue(podName, out Vmi? known):
                    await node.UpdateVmi(known.Uid, new Contracts.Nodes.VmiUpdate(null, null, null, null, LabelSet.Of(("app", $"app{pod % Apps}"))));
                    break;
                case 4 when _pods.Remove(podName, out Vmi? known):
                    await node.DeregisterVmi(known.Uid);
                    break;
                case 5 when pod == 0 && _services.Remove(service):
                    await cluster.Grains.GetGrain<IServiceGrain>(service.ToString()).Delete(null);
                    break;
                case 6:
                    await RestartAsync(service, app, pod);
                    break;
                case 7:
                    // Until the next step that restarts something, or the end.
                    FanoutFixture.LossyHints.Lost[nameof(IServiceGrain.MembersChanged)] = true;
                    FanoutFixture.LossyHints.Lost[nameof(IServiceGrain.Activate)] = true;
                    break;
                default:
                    ServiceManifest manifest = ClusterFixture.Manifest(ns, service.Name);
                    await cluster.ApplyAsync(manifest with
                    {
                        Spec = manifest.Spec with
                        {
                            InternalTrafficPolicy = pod == 1 ? "Local" : "Cluster",
                            TrafficDistribution = pod == 2 ? "PreferClose" : null,
                        },
                    });
                    _services.Add(service);
                    break;
            }
        }

        /// <summary>Waits until each worker's rows are those of compiling the stored Services and back ends anew; says which are not.</summary>
        public async Task ConvergesAsync()
        {
            string differences = "";
            try
            {
                await ClusterFixture.EventuallyAsync(async () => (differences = await DifferencesAsync()).Length == 0);
            }
            catch (TimeoutException)
            {
                Assert.Fail(differences);
            }
        }

        private async Task<string> DifferencesAsync()
        {
            Vmi[] backEnds = [.. await cluster.Node(NodeName(0)).ListVmis(), .. await cluster.Node(NodeName(1)).ListVmis()];
            List<string> differences = [];
            for (int i = 0; i < _workers.Length; i++)
            {
                NodeView view = new(NodeName(i), $"zone-{i}");
                Dictionary<NamespacedName, ServiceTable> held =
                    Volatile.Read(ref _held[i]).Values.Where(table => table.Name.Namespace == ns).ToDictionary(table => table.Name);
                foreach (NamespacedName name in held.Keys.Union(_services))
                {
                    ServiceView? stored = await cluster.Grains.GetGrain<IServiceGrain>(name.ToString()).Get();
                    ServiceTable? expected = stored is null ? null : Expected(stored, backEnds, view);
                    if (!held.TryGetValue(name, out ServiceTable? table) || expected is null || TableDigest.Of(table) != TableDigest.Of(expected))
                    {
                        differences.Add($"{name} at {view.Name} is\n  {Text(table)}, stored is\n  {Text(expected)}");
                    }
                }
            }

            return string.Join('\n', differences);
        }

        // Which back ends drain because they were selected once is history: it is taken from what was published.
        private static ServiceTable Expected(ServiceView stored, Vmi[] backEnds, NodeView view)
        {
            ServiceEntry former = new()
            {
                Uid = stored.Uid,
                Name = stored.Name,
                Generation = 0,
                Endpoints = stored.Endpoints.Where(endpoint => !endpoint.Selected).ToValueList(),
            };
            return TableCompiler.Compile(EntryBuilder.Build(stored.Admitted, stored.Uid, 1, backEnds, former), view);
        }

        private static string Text(ServiceTable? table) => table is null ? "nothing"
            : string.Join("; ", table.Frontends.Select(frontend => $"{frontend.Address} {frontend.Flags}: "
                + string.Join(", ", frontend.Paths.Select(path => $"{path.Address} {path.State} {path.VmiId:x}"))));

        public async Task EndAsync()
        {
            _over = true;
            await Task.WhenAll(_pumps);
            for (int i = 0; i < _workers.Length; i++)
            {
                await cluster.Node(NodeName(i)).Delete();
            }
        }

        private async Task PumpAsync(int index)
        {
            FakeWorker worker = _workers[index];
            while (!_over)
            {
                await worker.ReportAsync();
                if ((await worker.PullAsync()).Goodbye is not null)
                {
                    await worker.AttachAsync(boot: 1);
                }

                Volatile.Write(ref _held[index], worker.Tables);
            }
        }

        private async Task RestartAsync(NamespacedName service, int app, int pod)
        {
            FanoutFixture.LossyHints.Lost.Clear();
            IAddressable grain = pod switch
            {
                0 => cluster.Grains.GetGrain<ICatalogGrain>(ShardMap.ShardOf(service)),
                1 => cluster.Grains.GetGrain<INamespaceGrain>(ns),
                2 when app == 0 => cluster.Grains.GetGrain<IVRouterGrain>(NodeName(0)),
                2 => cluster.Node(NodeName(app % 2)),
                _ => cluster.Grains.GetGrain<IServiceGrain>(service.ToString()),
            };
            await FanoutFixture.EndAsync(grain);
        }

        private string NodeName(int index) => $"{ns}-node{index}";

        private string Unique(int app, int pod, string format) =>
            string.Format(System.Globalization.CultureInfo.InvariantCulture, format, 10 + int.Parse(ns["churn-".Length..], System.Globalization.CultureInfo.InvariantCulture), app + 1, pod + 1);
    }
}
