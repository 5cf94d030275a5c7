using System.Text;
using Grpc.Core;
using Orleans.Cn2.Client;
using Orleans.Cn2.Client.Failover;
using Orleans.Cn2.Testing.Calls;

namespace Orleans.Cn2.Api.Tests;

public sealed class FailoverTests
{
    private static readonly Marshaller<string> Text = Marshallers.StringMarshaller;
    private static readonly Method<string, string> Ask = new(MethodType.Unary, "s", "m", Text, Text);

    private static RpcException Status(StatusCode code) => new(new Status(code, "no"));

    [Fact]
    public async Task Call_EndpointUnavailable_IsMadeOnTheNextWhichIsKept()
    {
        ScriptedInvoker down = new(() => throw Status(StatusCode.Unavailable));
        ScriptedInvoker up = new(() => "answer");
        FailoverInvoker invoker = new([down, up]);

        Assert.Equal("answer", await invoker.AsyncUnaryCall(Ask, null, default, "q"));
        Assert.Equal("answer", await invoker.AsyncUnaryCall(Ask, null, default, "q"));

        Assert.Equal((1, 2), (down.Calls, up.Calls));
    }

    [Fact]
    public async Task Call_EveryEndpointUnavailable_FailsAfterOneRound()
    {
        ScriptedInvoker[] down = [.. Enumerable.Range(0, 3).Select(_ => new ScriptedInvoker(() => throw Status(StatusCode.Unavailable)))];
        FailoverInvoker invoker = new(down);

        RpcException failure = await Assert.ThrowsAsync<RpcException>(async () => await invoker.AsyncUnaryCall(Ask, null, default, "q"));

        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.All(down, endpoint => Assert.Equal(1, endpoint.Calls));
    }

    [Theory]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.NotFound)]
    [InlineData(StatusCode.Aborted)]
    [InlineData(StatusCode.ResourceExhausted)]
    [InlineData(StatusCode.DeadlineExceeded)]
    public async Task Call_Refused_IsNotRepeated(StatusCode code)
    {
        ScriptedInvoker refusing = new(() => throw Status(code));
        ScriptedInvoker other = new(() => "answer");
        FailoverInvoker invoker = new([refusing, other]);

        RpcException failure = await Assert.ThrowsAsync<RpcException>(async () => await invoker.AsyncUnaryCall(Ask, null, default, "q"));

        Assert.Equal((code, 0), (failure.StatusCode, other.Calls));
    }

    [Fact]
    public async Task Call_Repeated_NamesTheSameRequest()
    {
        ScriptedInvoker down = new(() => throw Status(StatusCode.Unavailable));
        ScriptedInvoker up = new(() => "answer");
        FailoverInvoker invoker = new([down, up]);

        await invoker.AsyncUnaryCall(Ask, null, default, "q");
        string? first = up.RequestId;
        await invoker.AsyncUnaryCall(Ask, null, default, "q");

        Assert.True(Guid.TryParse(first, out _));
        Assert.Equal(down.RequestId, first);
        Assert.NotEqual(first, up.RequestId);
    }

    [Theory]
    [InlineData("Delete", true)]
    [InlineData("Deregister", true)]
    [InlineData("Get", false)]
    public async Task Call_RepeatedAndNotFound_IsDoneWhereItDeletes(string name, bool done)
    {
        // Generated methods have marshallers of this kind alone.
        Marshaller<string> contextual = Marshallers.Create<string>((_, _) => { }, context => Encoding.UTF8.GetString(context.PayloadAsReadOnlySequence()));
        Method<string, string> method = new(MethodType.Unary, "s", name, Text, contextual);
        ScriptedInvoker lost = new(() => throw Status(StatusCode.Unavailable));
        ScriptedInvoker gone = new(() => throw Status(StatusCode.NotFound));

        Task<string> call = new FailoverInvoker([lost, gone]).AsyncUnaryCall(method, null, default, "q").ResponseAsync;
        if (done)
        {
            Assert.Equal("", await call);
        }
        else
        {
            Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => call)).StatusCode);
        }

        RpcException first = await Assert.ThrowsAsync<RpcException>(async () => await new FailoverInvoker([gone, lost]).AsyncUnaryCall(method, null, default, "q"));
        Assert.Equal(StatusCode.NotFound, first.StatusCode);
    }

    [Theory]
    [InlineData(StatusCode.Aborted, true)]
    [InlineData(StatusCode.InvalidArgument, false)]
    public async Task Call_RepeatedAndRefused_HasAnUnknownOutcomeWhereTheFirstAttemptMayBeTheCause(StatusCode code, bool unknown)
    {
        ScriptedInvoker lost = new(() => throw Status(StatusCode.Unavailable));
        ScriptedInvoker refusing = new(() => throw Status(code));

        RpcException repeated = await Assert.ThrowsAsync<RpcException>(async () => await new FailoverInvoker([lost, refusing]).AsyncUnaryCall(Ask, null, default, "q"));
        RpcException first = await Assert.ThrowsAsync<RpcException>(async () => await new FailoverInvoker([refusing, lost]).AsyncUnaryCall(Ask, null, default, "q"));

        Assert.Equal((code, unknown), (repeated.StatusCode, UnknownOutcome.Is(repeated)));
        Assert.Equal((code, false), (first.StatusCode, UnknownOutcome.Is(first)));
    }

    [Fact]
    public void Ring_ManySeeOneEndpointFail_MovesOnOnce()
    {
        EndpointRing ring = new(3);
        Parallel.For(0, 100, _ => ring.Failed(0));
        Assert.Equal(1, ring.Current);
        ring.Failed(1);
        ring.Failed(2);
        Assert.Equal(0, ring.Current);
    }

    private sealed class ScriptedInvoker(Func<string> answer) : PartialInvoker
    {
        public int Calls { get; private set; }

        public string? RequestId { get; private set; }

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        {
            Calls++;
            RequestId = options.Headers?.GetValue("cn2-request-id");
            Task<TResponse> response = Task.Run(() => (TResponse)(object)answer());
            return new AsyncUnaryCall<TResponse>(response, Task.FromResult(new Grpc.Core.Metadata()), () => Grpc.Core.Status.DefaultSuccess, () => [], () => { });
        }
    }
}
