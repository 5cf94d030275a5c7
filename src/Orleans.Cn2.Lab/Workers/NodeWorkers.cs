using System.Collections.Immutable;

namespace Orleans.Cn2.Lab.Workers;

/// <summary>How to start a worker on a node.</summary>
/// <param name="Path">The worker's program.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Environment">Variables added to this process' own.</param>
public sealed record WorkerCommand(
    string Path, ImmutableArray<string> Arguments, ImmutableSortedDictionary<string, string> Environment);

/// <summary>A worker as it stands.</summary>
/// <param name="Node">Its node.</param>
/// <param name="Pid">Process id.</param>
/// <param name="Running">Whether that very process still runs.</param>
/// <param name="LogFile">Where it writes.</param>
public sealed record WorkerStatus(string Node, int Pid, bool Running, string LogFile);

/// <summary>
/// Starts and ends one vrouter worker per node, in the node's network namespace but this process' mount namespace:
/// the node's bpffs stays visible, so pins outlive the worker.
/// </summary>
public sealed class NodeWorkers
{
    internal NodeWorkers()
    {
    }

    /// <summary>Starts a worker; its output is appended to the log file.</summary>
    /// <exception cref="LabException">The node has a running one.</exception>
    public Task<WorkerStatus> StartAsync(string node, WorkerCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Asks the worker to end (SIGTERM) and waits; after <paramref name="grace"/> SIGKILL. False when none ran.</summary>
    public Task<bool> StopAsync(string node, TimeSpan grace, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>SIGKILL, at once, and waits for the end. False when none ran.</summary>
    public Task<bool> KillAsync(string node, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Stops the worker and starts it again with the command it had.</summary>
    public Task<WorkerStatus> RestartAsync(string node, TimeSpan grace, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Workers that were started and not stopped, running or dead.</summary>
    public ImmutableArray<WorkerStatus> Status() => throw new NotSupportedException();
}
