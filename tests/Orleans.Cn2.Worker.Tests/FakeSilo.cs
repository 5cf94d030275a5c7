using System.Threading.Channels;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Orleans.Cn2.Testing.Calls;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Worker.Tests;

/// <summary>The silo's end of a worker's stream, without a network: what the worker says is read one by one, on a clock that a test moves.</summary>
internal sealed class FakeSilo : PartialInvoker
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Channel<object> _said = Channel.CreateUnbounded<object>();
    private readonly Channel<object> _heard = Channel.CreateUnbounded<object>();

    public FakeTimeProvider Time { get; } = new();

    public void Say(Proto.ControlMessage message) => _said.Writer.TryWrite(message);

    public void Say(Proto.Update update) => Say(new Proto.ControlMessage { Update = update });

    /// <summary>Ends the stream.</summary>
    public void Close() => _said.Writer.Complete();

    /// <summary>The next acknowledgement or rejection; the clock goes on while there is none.</summary>
    public async Task<Proto.WorkerMessage> NextAsync()
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        using PeriodicTimer look = new(TimeSpan.FromMilliseconds(5));
        while (true)
        {
            if (!_heard.Reader.TryRead(out object? message))
            {
                await look.WaitForNextTickAsync(patience.Token);
                Time.Advance(TimeSpan.FromSeconds(1));
            }
            else if (message is Proto.WorkerMessage { Ack: not null } or Proto.WorkerMessage { Nack: not null })
            {
                return (Proto.WorkerMessage)message;
            }
        }
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) => new(
            new Requests<TRequest>(_heard.Writer), new Responses<TResponse>(_said.Reader), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

    private sealed class Requests<T>(ChannelWriter<object> heard) : IClientStreamWriter<T>
        where T : class
    {
        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(T message)
        {
            heard.TryWrite(message);
            return Task.CompletedTask;
        }

        public Task WriteAsync(T message, CancellationToken cancellationToken) => WriteAsync(message);

        public Task CompleteAsync() => Task.CompletedTask;
    }

    private sealed class Responses<T>(ChannelReader<object> said) : IAsyncStreamReader<T>
        where T : class
    {
        public T Current { get; private set; } = null!;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            while (await said.WaitToReadAsync(cancellationToken))
            {
                if (said.TryRead(out object? message))
                {
                    Current = (T)message;
                    return true;
                }
            }

            return false;
        }
    }
}
