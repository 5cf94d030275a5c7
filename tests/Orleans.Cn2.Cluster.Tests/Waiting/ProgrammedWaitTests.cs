using Orleans.Cn2.Api.Waiting;
using Orleans.Cn2.Cluster.Tests.VRouters;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Core.Vmis;
using Fence = Orleans.Cn2.Contracts.Versions.Fence;
using ProgrammedResponse = Orleans.Cn2.Protocol.V1.ProgrammedResponse;

namespace Orleans.Cn2.Cluster.Tests.Waiting;

/// <summary>Programmed(fence, percent) against four workers of two silos.</summary>
[Collection(FanoutTests.Name)]
public sealed class ProgrammedWaitTests(FanoutFixture cluster) : IAsyncLifetime
{
    private const double Long = 60;
    private const double Short = 0.3;
    private readonly ProgrammedWaiter _waiter = new(cluster.Grains, TimeProvider.System);
    private LiveWorkers _workers = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _workers = await LiveWorkers.StartAsync(cluster, 4);
        Assert.Equal((true, 4, 4), Figures(await WaitAsync(await ApplyAsync(), 100, Long)));
    }

    public ValueTask DisposeAsync() => _workers.DisposeAsync();

    [Theory]
    [InlineData(1, 25, 26)]
    [InlineData(2, 50, 51)]
    [InlineData(3, 75, 76)]
    public async Task Programmed_SomeAcknowledge_TheirShareIsReachedAndNoLarger(int acknowledge, uint reached, uint missed)
    {
        Hold(4 - acknowledge, holds: true);
        Fence fence = await ApplyAsync();

        Assert.Equal((true, acknowledge, 4), Figures(await WaitAsync(fence, reached, Long)));
        ProgrammedResponse more = await WaitAsync(fence, missed, Short);
        Assert.Equal((false, acknowledge, 4), Figures(more));
        Assert.Equal(_workers.Nodes.Take(4 - acknowledge).Order(StringComparer.Ordinal), more.WaitingFor.Order(StringComparer.Ordinal));

        Task<ProgrammedResponse> all = WaitAsync(fence, 100, Long);
        Assert.False(all.IsCompleted);
        Hold(4, holds: false);
        Assert.Equal((true, 4, 4), Figures(await all));
    }

    [Fact]
    public async Task Programmed_TheOneThatLacksLeaves_IsNotWaitedFor()
    {
        Hold(1, holds: true);
        Task<ProgrammedResponse> all = WaitAsync(await ApplyAsync(), 100, Long);

        await _workers.LeaveAsync(0);

        Assert.Equal((true, 3, 3), Figures(await all));
    }

    [Fact]
    public async Task Programmed_TheOneThatLacksFallsSilent_IsWaitedForUntilItsStreamCountsAsEnded()
    {
        await _workers.SilenceAsync(0);
        Fence fence = await ApplyAsync();

        // Its stream stands, so it may hold the old tables: three heartbeats of a second pass first.
        Assert.Equal((false, 3, 4), Figures(await WaitAsync(fence, 100, Short)));
        Assert.Equal((true, 3, 3), Figures(await WaitAsync(fence, 100, Long)));
    }

    [Fact]
    public async Task Programmed_ChangeOfAVmi_WaitsUntilItsServiceHasPublishedIt()
    {
        ServiceManifest manifest = ClusterFixture.Manifest("fences", ClusterFixture.NewName("web"));
        await cluster.ApplyAsync(manifest);
        Vmi vmi = ClusterFixture.Vmi("fences", ClusterFixture.NewName("pod"), manifest.Name.Name, _workers.Nodes[0], "10.211.0.1", "fdd3::1");
        FanoutFixture.LossyHints.Lost["MembersChanged"] = true;
        try
        {
            Fence fence = (await cluster.Node(_workers.Nodes[0]).RegisterVmi(vmi, 0)).Fence;
            ProgrammedResponse unpublished = await WaitAsync(fence, 100, Short);
            Assert.False(unpublished.Programmed);
            FanoutFixture.LossyHints.Lost.Clear();

            Assert.Equal((true, 4, 4), Figures(await WaitAsync(fence, 100, Long)));
        }
        finally
        {
            FanoutFixture.LossyHints.Lost.Clear();
        }

        Assert.All(Enumerable.Range(0, 4), i => Assert.Contains(
            _workers[i].Tables.Values, table => table.Name == manifest.Name && table.Frontends.All(frontend => frontend.Paths is [{ } path] && path.VmiId == vmi.TableId)));
    }

    [Fact]
    public async Task Programmed_ProgressGrainStartsAnew_AnswersFromWhatItWasToldSince()
    {
        Hold(1, holds: true);
        Fence fence = await ApplyAsync();
        Assert.Equal((true, 3, 4), Figures(await WaitAsync(fence, 75, Long)));

        await FanoutFixture.EndAsync(cluster.Grains.GetGrain<IProgressGrain>(IProgressGrain.Key));

        Assert.Equal((false, 3, 4), Figures(await WaitAsync(fence, 100, Short)));
    }

    private void Hold(int count, bool holds)
    {
        for (int i = 0; i < count; i++)
        {
            _workers[i].Holds = holds;
        }
    }

    private async Task<Fence> ApplyAsync()
    {
        ServiceManifest manifest = ClusterFixture.Manifest("fences", ClusterFixture.NewName("web"));
        return (await cluster.Grains.GetGrain<IServiceGrain>(manifest.Name.ToString()).Apply(manifest, dryRun: false)).Fence;
    }

    private Task<ProgrammedResponse> WaitAsync(Fence fence, uint percent, double seconds) => _waiter.WaitAsync(fence, percent, seconds, Token);

    private static (bool Programmed, int Reached, int Live) Figures(ProgrammedResponse answer) => (answer.Programmed, answer.Reached, answer.Live);
}
