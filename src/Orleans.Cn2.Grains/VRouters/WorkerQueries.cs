using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.VRouters;

namespace Orleans.Cn2.Grains.VRouters;

/// <summary>Questions to a worker that wait to be sent or answered.</summary>
internal sealed class WorkerQueries(string node, TimeProvider time)
{
    private readonly Dictionary<ulong, TaskCompletionSource<WorkerAnswer>> _open = [];
    private readonly Queue<WorkerQuery> _unsent = [];
    private ulong _last;

    /// <summary>True when there is something to send.</summary>
    public bool HasUnsent => _unsent.Count > 0;

    /// <summary>Asks, and waits for the answer.</summary>
    /// <exception cref="OutcomeUnknownException">It did not come in time, or was an error.</exception>
    public async Task<WorkerAnswer> AskAsync(Func<ulong, WorkerQuery> query, TimeSpan timeout, Action asked)
    {
        ulong id = ++_last;
        TaskCompletionSource<WorkerAnswer> answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _open[id] = answered;
        _unsent.Enqueue(query(id));
        asked();
        try
        {
            WorkerAnswer answer = await answered.Task.WaitAsync(timeout, time);
            return answer.Error is null ? answer : throw new OutcomeUnknownException("VRouter", node, $"the worker of {node} answers: {answer.Error}");
        }
        catch (TimeoutException)
        {
            throw new OutcomeUnknownException("VRouter", node, $"the worker of {node} did not answer within {timeout.TotalSeconds} s");
        }
        finally
        {
            _open.Remove(id);
        }
    }

    /// <summary>The questions not sent yet.</summary>
    public ImmutableArray<WorkerQuery> Take()
    {
        ImmutableArray<WorkerQuery> taken = [.. _unsent];
        _unsent.Clear();
        return taken;
    }

    /// <summary>An answer arrived; one that nobody waits for any more is dropped.</summary>
    public void Answer(WorkerAnswer answer)
    {
        if (_open.TryGetValue(answer.QueryId, out TaskCompletionSource<WorkerAnswer>? waiting))
        {
            waiting.TrySetResult(answer);
        }
    }
}
