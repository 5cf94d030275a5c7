using System.Collections.Immutable;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Lab.State;
using Orleans.Cn2.Lab.Topology;

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
    private readonly LabPlan _plan;
    private readonly LabStore _store;

    internal NodeWorkers(LabPlan plan, LabStore store) => (_plan, _store) = (plan, store);

    /// <summary>Starts a worker; its output is appended to the log file.</summary>
    /// <exception cref="LabException">There is no such node or program, or the node has a running worker.</exception>
    public async Task<WorkerStatus> StartAsync(string node, WorkerCommand command, CancellationToken cancellationToken)
    {
        using IDisposable held = await _store.LockAsync(cancellationToken);
        return Start(_store.Load(), node, command);
    }

    /// <summary>Asks the worker to end (SIGTERM) and waits; after <paramref name="grace"/> SIGKILL. False when none ran.</summary>
    public Task<bool> StopAsync(string node, TimeSpan grace, CancellationToken cancellationToken) =>
        EndAsync(node, process => process.StopAsync(grace, cancellationToken), cancellationToken);

    /// <summary>SIGKILL, at once, and waits for the end. False when none ran.</summary>
    public Task<bool> KillAsync(string node, CancellationToken cancellationToken) =>
        EndAsync(node, process => process.KillAsync(cancellationToken), cancellationToken);

    /// <summary>Stops the worker and starts it again with the command it had.</summary>
    /// <exception cref="LabException">None was started on the node.</exception>
    public async Task<WorkerStatus> RestartAsync(string node, TimeSpan grace, CancellationToken cancellationToken)
    {
        using IDisposable held = await _store.LockAsync(cancellationToken);
        LabState state = _store.Load();
        WorkerRecord worker = Find(state, node) ?? throw new LabException($"{node} has no worker to restart");
        await worker.Process.StopAsync(grace, cancellationToken);
        return Start(state with { Workers = state.Workers.Remove(worker) }, node, worker.Command);
    }

    /// <summary>Workers that were started and not stopped, running or dead.</summary>
    public ImmutableArray<WorkerStatus> Status() => [.. _store.Load().Workers.Select(StatusOf)];

    private WorkerStatus Start(LabState state, string node, WorkerCommand command)
    {
        LabNode at = _plan.Nodes.FirstOrDefault(n => n.Name == node) ?? throw new LabException($"there is no node '{node}'");
        if (Find(state, node) is { Process.IsRunning: true } running)
        {
            throw new LabException($"{node} has a running worker, process {running.Process.Pid}");
        }

        if (!File.Exists(command.Path))
        {
            throw new LabException($"the worker's program {command.Path} doesn't exist");
        }

        string log = Path.Combine(_plan.Directory, node, "worker.log");
        Directory.CreateDirectory(Path.GetDirectoryName(log)!);
        WorkerRecord worker = new(node, Launcher.Start(
            at.NetworkNamespace, log, command.Environment, [Path.GetFullPath(command.Path), .. command.Arguments]), command, log);
        _store.Save(state with { Workers = [.. state.Workers.Where(w => w.Node != node), worker] });
        return StatusOf(worker);
    }

    private async Task<bool> EndAsync(string node, Func<ProcessHandle, Task> end, CancellationToken cancellationToken)
    {
        using IDisposable held = await _store.LockAsync(cancellationToken);
        LabState state = _store.Load();
        if (Find(state, node) is not { } worker)
        {
            return false;
        }

        bool ran = worker.Process.IsRunning;
        await end(worker.Process);
        _store.Save(state with { Workers = state.Workers.Remove(worker) });
        return ran;
    }

    private static WorkerRecord? Find(LabState state, string node) => state.Workers.FirstOrDefault(w => w.Node == node);

    private static WorkerStatus StatusOf(WorkerRecord worker) =>
        new(worker.Node, worker.Process.Pid, worker.Process.IsRunning, worker.LogFile);
}
