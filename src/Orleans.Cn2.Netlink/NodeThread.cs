using System.Collections.Concurrent;

namespace Orleans.Cn2.Netlink;

/// <summary>
/// A thread that stays in the network namespace of the one that made it: sockets, interface indexes and <c>/proc/sys/net</c> mean that
/// namespace only there.
/// </summary>
internal sealed class NodeThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    internal NodeThread()
    {
        _thread = new Thread(() =>
        {
            foreach (Action action in _work.GetConsumingEnumerable())
            {
                action();
            }
        })
        { IsBackground = true, Name = "cn2 node" };
        _thread.Start();
    }

    /// <summary>Runs a function there and waits for it; what it throws is thrown here.</summary>
    internal T Run<T>(Func<T> function)
    {
        if (Thread.CurrentThread == _thread)
        {
            return function();
        }

        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                done.SetResult(function());
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        });
        return done.Task.GetAwaiter().GetResult();
    }

    internal void Run(Action action) => Run(() =>
    {
        action();
        return true;
    });

    /// <summary>Ends the thread when its work is done.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }
}
