using System.Collections.Concurrent;
using System.Diagnostics;

namespace Orleans.Cn2.Testing.Histories;

/// <summary>What callers and vRouters saw, on one clock. Safe for use from several threads.</summary>
public sealed class History
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly ConcurrentQueue<Operation> _operations = new();
    private readonly ConcurrentQueue<Holding> _holdings = new();

    /// <summary>Time since the history began.</summary>
    public TimeSpan Now => Stopwatch.GetElapsedTime(_began);

    /// <summary>The calls, in the order in which they ended.</summary>
    public IReadOnlyCollection<Operation> Operations => _operations;

    /// <summary>What vRouters held and hold no longer.</summary>
    public IReadOnlyCollection<Holding> Holdings => _holdings;

    public void Add(Operation operation) => _operations.Enqueue(operation);

    public void Add(Holding holding) => _holdings.Enqueue(holding);
}
