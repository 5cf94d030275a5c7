namespace Orleans.Cn2.Cluster.Tests;

/// <summary>Loses a chosen call of one grain to others of ours, before or after it took effect: what a timeout looks like to the caller.</summary>
internal sealed class FaultyCalls : IOutgoingGrainCallFilter
{
    private static readonly Lock Gate = new();
    private static string? _caller;
    private static int _countdown;
    private static bool _afterwards;

    /// <summary>Number of calls of the armed grain since the last <see cref="Arm"/>.</summary>
    public static int Calls { get; private set; }

    /// <summary>Loses the n-th call from now of the grain with this key; null: none.</summary>
    public static void Arm(string? caller, int call, bool afterwards)
    {
        lock (Gate)
        {
            (_caller, _countdown, _afterwards, Calls) = (caller, call, afterwards, 0);
        }
    }

    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        bool lost = false;
        bool afterwards;
        lock (Gate)
        {
            if (_caller is not null && context.SourceId?.Key.ToString() == _caller
                && context.Request.GetInterfaceType().Namespace!.StartsWith("Orleans.Cn2", StringComparison.Ordinal))
            {
                Calls++;
                lost = _countdown > 0 && --_countdown == 0;
            }

            afterwards = _afterwards;
        }

        if (!lost || afterwards)
        {
            await context.Invoke();
        }

        if (lost)
        {
            throw new TimeoutException("planted fault");
        }
    }
}
