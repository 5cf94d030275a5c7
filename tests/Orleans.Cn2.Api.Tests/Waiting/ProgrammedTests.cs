using Grpc.Core;
using Grpc.Net.Client;
using Orleans.Cn2.Protocol.V1;
using Orleans.Cn2.Testing.Southbound;

namespace Orleans.Cn2.Api.Tests.Waiting;

/// <summary>Diagnostics.Programmed against three workers, of which some hold back.</summary>
[Collection(SiloCollection.Name)]
public sealed class ProgrammedTests(SiloFixture silo) : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private readonly List<StreamWorker> _workers = [];
    private GrpcChannel _channel = null!;

    public async ValueTask InitializeAsync()
    {
        _channel = GrpcChannel.ForAddress(silo.Silo.Grpc);
        for (int i = 1; i <= 3; i++)
        {
            string name = $"third-{i}";
            await silo.Client.Nodes.RegisterAsync(new RegisterNodeRequest { Node = new Node { Metadata = new ObjectMeta { Name = name }, Addresses = { $"192.0.2.{60 + i}" } } });
            _workers.Add(await StreamWorker.ConnectAsync(_channel, name));
        }

        Assert.True((await silo.Client.WaitProgrammedAsync((await ApplyAsync("first")).Fence, Long)).Programmed);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (StreamWorker worker in _workers)
        {
            await worker.DisposeAsync();
            await silo.Client.Nodes.DeleteAsync(new DeleteNodeRequest { Name = worker.Node });
        }

        _channel.Dispose();
    }

    [Fact]
    public async Task Programmed_SomeLack_SaysHowManyOfHowManyAndWhich()
    {
        _workers[1].Holds = _workers[2].Holds = true;
        Fence fence = (await ApplyAsync("second")).Fence;

        // A third is 33.3 %: 33 are reached by one of three, 34 are not.
        ProgrammedResponse third = await silo.Client.WaitProgrammedAsync(fence, Long, 33);
        Assert.Equal((true, 1, 3), (third.Programmed, third.Reached, third.Live));
        ProgrammedResponse more = await silo.Client.WaitProgrammedAsync(fence, Short, 34);
        Assert.Equal((false, 1, 3), (more.Programmed, more.Reached, more.Live));
        Assert.Equal(["third-2", "third-3"], more.WaitingFor.Order());

        Task<ProgrammedResponse> all = silo.Client.WaitProgrammedAsync(fence, Long);
        _workers[1].Holds = _workers[2].Holds = false;
        Assert.Equal((true, 3), ((await all).Programmed, (await all).Reached));
    }

    [Fact]
    public async Task Programmed_TheOneThatLacksLeaves_IsNotWaitedFor()
    {
        _workers[0].Holds = true;
        Fence fence = (await ApplyAsync("third")).Fence;
        Task<ProgrammedResponse> waiting = silo.Client.WaitProgrammedAsync(fence, Long);

        await _workers[0].DisposeAsync();

        ProgrammedResponse answer = await waiting;
        Assert.Equal((true, 2, 2), (answer.Programmed, answer.Reached, answer.Live));
    }

    [Theory]
    [InlineData(101, 1)]
    [InlineData(100, 601)]
    [InlineData(100, -1)]
    public async Task Programmed_OutOfRange_IsInvalidArgument(int percent, double seconds)
    {
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await silo.Client.Diagnostics.ProgrammedAsync(new ProgrammedRequest { Percent = (uint)percent, TimeoutSeconds = seconds }));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
    }

    private async Task<ApplyServiceResponse> ApplyAsync(string name)
    {
        ServiceSpec spec = new() { Selector = { ["app"] = name }, Ports = { new ServicePort { Port = 80 } } };
        return await silo.Client.Services.ApplyAsync(new ApplyServiceRequest { Service = new Service { Metadata = new ObjectMeta { Namespace = "thirds", Name = name }, Spec = spec } });
    }
}
