namespace Orleans.Cn2.Testing.Processes;

/// <summary>A forwarding worker in a process of its own, which carries no packets unless the flags say otherwise.</summary>
public sealed class WorkerRun : IAsyncDisposable
{
    private WorkerRun(ProgramRun program) => Program = program;

    public ProgramRun Program { get; }

    /// <summary>Starts the worker of a node; <paramref name="state"/> is its state directory.</summary>
    public static WorkerRun Start(
        string node, string silo, string state, IEnumerable<string>? flags = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        string[] arguments = [Checkout.Worker, "--node", node, "--silo", silo, "--state", state, .. flags ?? ["--engine", "none"]];
        return new WorkerRun(ProgramRun.Start("dotnet", arguments, environment));
    }

    public ValueTask DisposeAsync() => Program.DisposeAsync();
}
