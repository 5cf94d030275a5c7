using Orleans.Cn2.Forwarding.Health;
using Orleans.Cn2.Worker.Telemetry;

namespace Orleans.Cn2.Worker.Control;

/// <summary>Logs and counts what happens to the worker's parts.</summary>
internal static class HealthTeller
{
    /// <summary>A book whose happenings are logged and counted.</summary>
    public static HealthBook CreateBook(ILoggerFactory logs, WorkerTelemetry telemetry, TimeProvider time)
    {
        ILogger log = logs.CreateLogger("Orleans.Cn2.Worker.Health");
        return new HealthBook(happening => Tell(happening, log, telemetry), time);
    }

    private static void Tell(HealthEvent happening, ILogger log, WorkerTelemetry telemetry)
    {
        switch (happening.Kind)
        {
            case HealthEventKind.Faulted:
                telemetry.Faulted(happening.Part);
                log.Faulted(happening.Part, happening.Text, happening.Failure);
                break;
            case HealthEventKind.Repaired:
                telemetry.Repaired(happening.Part);
                log.Repaired(happening.Part, happening.Text);
                break;
            case HealthEventKind.Recovered:
                log.Recovered(happening.Part);
                break;
        }
    }
}
