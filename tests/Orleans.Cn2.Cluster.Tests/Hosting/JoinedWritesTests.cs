using Orleans.Cn2.Grains.Hosting;

namespace Orleans.Cn2.Cluster.Tests.Hosting;

public sealed class JoinedWritesTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);
    private readonly Queue<TaskCompletionSource> _started = [];
    private int _running;
    private int _most;

    [Fact]
    public async Task SaveAsync_DuringAWrite_SharesTheNextOne()
    {
        JoinedWrites writes = new(WriteAsync);

        Task first = writes.SaveAsync();
        Task[] during = [writes.SaveAsync(), writes.SaveAsync(), writes.SaveAsync()];
        Assert.Single(_started);
        _started.Dequeue().SetResult();
        await first.WaitAsync(Bound, TestContext.Current.CancellationToken);

        Assert.All(during, task => Assert.False(task.IsCompleted));
        _started.Dequeue().SetResult();
        await Task.WhenAll(during).WaitAsync(Bound, TestContext.Current.CancellationToken);
        Assert.Empty(_started);
    }

    [Fact]
    public void SaveAsync_WriteIsOverButTheNextDidNotBegin_JoinsIt()
    {
        JoinedWrites writes = new(WriteAsync);
        Turns turns = new();
        Task second = turns.Within(() =>
        {
            writes.SaveAsync();
            return writes.SaveAsync();
        });

        _started.Dequeue().SetResult();
        turns.RunOne();
        Task third = turns.Within(writes.SaveAsync);
        turns.RunOne();

        Assert.Equal(1, _most);
        Assert.Same(second, third);
        _started.Dequeue().SetResult();
        turns.RunAll();
        Assert.True(third.IsCompletedSuccessfully);
        Assert.Empty(_started);
    }

    [Fact]
    public async Task SaveAsync_WriteFails_FailsItsCallersAndNotTheNext()
    {
        JoinedWrites writes = new(WriteAsync);

        Task first = writes.SaveAsync();
        Task second = writes.SaveAsync();
        _started.Dequeue().SetException(new IOException("planted fault"));
        await Assert.ThrowsAsync<IOException>(() => first);
        _started.Dequeue().SetResult();

        await second.WaitAsync(Bound, TestContext.Current.CancellationToken);
    }

    private async Task WriteAsync()
    {
        TaskCompletionSource write = new();
        _started.Enqueue(write);
        _most = Math.Max(_most, ++_running);
        try
        {
            await write.Task;
        }
        finally
        {
            _running--;
        }
    }

    // Turns of a grain of which none runs within another: what continues does so in a turn of its own.
    private sealed class Turns : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> _turns = [];

        public override void Post(SendOrPostCallback d, object? state) => _turns.Enqueue((d, state));

        public void RunOne()
        {
            (SendOrPostCallback callback, object? state) = _turns.Dequeue();
            callback(state);
        }

        public void RunAll()
        {
            while (_turns.Count > 0)
            {
                RunOne();
            }
        }

        public Task Within(Func<Task> turn)
        {
            SynchronizationContext? before = Current;
            SetSynchronizationContext(this);
            try
            {
                return turn();
            }
            finally
            {
                SetSynchronizationContext(before);
            }
        }
    }
}
