using System.Collections.Concurrent;
using Orleans.Cn2.Forwarding.Health;

namespace Orleans.Cn2.Forwarding.Tests.Health;

public sealed class SupervisorTests : IDisposable
{
    private readonly ConcurrentQueue<HealthEvent> _told = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly HealthBook _health;

    public SupervisorTests()
    {
        _health = new HealthBook(_told.Enqueue);
        _stop.CancelAfter(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task RunAsync_LoopThrowsTwice_IsToldTwiceAndBegunAnewUntilItWorks()
    {
        int runs = 0;
        await new Supervisor(_health).RunAsync(
            "loop",
            (alive, _) =>
            {
                if (++runs <= 2)
                {
                    throw new IOException($"fault {runs}");
                }

                alive();
                return Task.CompletedTask;
            },
            _stop.Token);

        Assert.Equal(3, runs);
        Assert.Equal(
            [(HealthEventKind.Faulted, "fault 1"), (HealthEventKind.Faulted, "fault 2"), (HealthEventKind.Recovered, "works again")],
            _told.Select(happening => (happening.Kind, happening.Text)));
        PartHealth part = Assert.Single(_health.Read());
        Assert.Equal(("loop", false, 2UL, "fault 2"), (part.Part, part.IsFaulty, part.Faults, part.Cause));
    }

    [Fact]
    public async Task RunAsync_Cancelled_EndsWithoutAFault()
    {
        Task running = new Supervisor(_health).RunAsync("loop", (_, cancellation) => new TaskCompletionSource().Task.WaitAsync(cancellation), _stop.Token);

        await _stop.CancelAsync();
        await running;

        Assert.Empty(_told);
    }

    [Fact]
    public async Task RunAsync_LoopCancelsItself_IsAFault()
    {
        int runs = 0;
        await new Supervisor(_health).RunAsync(
            "loop", (_, _) => ++runs == 1 ? throw new OperationCanceledException("of its own") : Task.CompletedTask, _stop.Token);

        Assert.Equal("of its own", Assert.Single(_told).Text);
    }

    [Fact]
    public async Task EveryAsync_WorkFailsOnce_IsDoneAgainAndRecovers()
    {
        int rounds = 0;
        await new Supervisor(_health).EveryAsync(
            "work",
            TimeSpan.FromMilliseconds(1),
            () =>
            {
                if (++rounds == 1)
                {
                    throw new InvalidDataException("bad");
                }

                if (rounds == 3)
                {
                    _stop.Cancel();
                }
            },
            _stop.Token);

        Assert.Equal(3, rounds);
        Assert.Equal([HealthEventKind.Faulted, HealthEventKind.Recovered], _told.Select(happening => happening.Kind));
    }

    public void Dispose() => _stop.Dispose();
}
