using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Orleans.Cn2.Cli.Output;
using Orleans.Cn2.Protocol.V1;
using Spectre.Console;

namespace Orleans.Cn2.Cli.Check;

/// <summary>The job's tables for people, and its figures as JSON for programs.</summary>
internal sealed class CheckReport
{
    private const int RedirectedWidth = 140;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly TextWriter _output;
    private readonly IAnsiConsole _console;

    /// <summary>Writes to <paramref name="output"/>: drawn tables on a terminal, else plain lines.</summary>
    public CheckReport(TextWriter output, bool plain)
    {
        _output = output;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = InteractionSupport.No,
        });
        if (plain)
        {
            _console.Profile.Width = RedirectedWidth;
        }
    }

    /// <summary>The FloatingIPs in <c>kubectl get fip</c>'s columns.</summary>
    public void FloatingIps(IEnumerable<FloatingIp> floatingIps)
    {
        _output.WriteLine();
        Printer.Table([.. floatingIps], Tables.FloatingIps, wide: false, _output);
        _output.WriteLine();
    }

    /// <summary>One row a path.</summary>
    public void Paths(string title, ImmutableArray<PathFigure> figures)
    {
        Table table = new Table().Title(title).Border(TableBorder.Simple);
        foreach (string column in (string[])["FROM", "TO", "SENT", "FAILED", "BACK ENDS", "P50", "P99"])
        {
            table.AddColumn(column is "SENT" or "FAILED" or "P50" or "P99" ? new TableColumn(column).RightAligned() : new TableColumn(column));
        }

        foreach (PathFigure figure in figures)
        {
            table.AddRow(
                Text(figure.Place.Label),
                Text(figure.Target.ToString()),
                Text(Number(figure.Report.Sent)),
                Text(Number(figure.Report.Failed)),
                Text(Spread(figure.Report.Backends)),
                Text(Milliseconds(figure.Report.P50)),
                Text(Milliseconds(figure.Report.P99)));
        }

        _console.Write(table);
    }

    /// <summary>The times of changes.</summary>
    public void Times(ChangeTimes times)
    {
        (string What, TimeSpan? Took)[] rows =
        [
            ("Service created -> first answer", times.CreatedToFirstAnswer),
            ("scaled up (pods started) -> first answer of a new pod", times.ScaledUpToFirstAnswer),
            ("scaled down -> last answer of a removed pod", times.ScaledDownToLastAnswer),
            ("scaled down -> removed pods drained and ended", times.ScaledDownToDrained),
            ("Services deleted -> no node forwards them", times.DeletedToProgrammed),
        ];
        foreach ((string what, TimeSpan? took) in rows)
        {
            _output.WriteLine($"{what,-55} {(took is { } time ? Milliseconds(time) : "-"),12}");
        }
    }

    /// <summary>The figures as JSON.</summary>
    public static string Json(CheckFigures figures, bool passed, string? failure, bool simulated) => JsonSerializer.Serialize(
        new
        {
            passed,
            failure,
            simulated,
            paths = figures.Paths.Select(Row),
            underScaling = figures.UnderScaling.Select(Row),
            seconds = new
            {
                createdToFirstAnswer = figures.Times.CreatedToFirstAnswer?.TotalSeconds,
                scaledUpToFirstAnswer = figures.Times.ScaledUpToFirstAnswer?.TotalSeconds,
                scaledDownToLastAnswer = figures.Times.ScaledDownToLastAnswer?.TotalSeconds,
                scaledDownToDrained = figures.Times.ScaledDownToDrained?.TotalSeconds,
                deletedToProgrammed = figures.Times.DeletedToProgrammed?.TotalSeconds,
            },
            steps = figures.Steps.Select(step => new { step = step.Step, seconds = step.Seconds }),
        },
        Indented);

    private static object Row(PathFigure figure) => new
    {
        from = figure.Place.Label,
        service = figure.Target.Service.ToString(),
        family = figure.Target.Family,
        address = figure.Target.Address.ToString(),
        port = figure.Target.Port,
        protocol = figure.Target.Protocol.ToString().ToUpperInvariant(),
        sent = figure.Report.Sent,
        failed = figure.Report.Failed,
        failures = figure.Report.Failures,
        backends = figure.Report.Backends,
        p50Milliseconds = figure.Report.P50.TotalMilliseconds,
        p99Milliseconds = figure.Report.P99.TotalMilliseconds,
    };

    // Counts alone: the pods' names would make every row several lines long.
    private static string Spread(ImmutableSortedDictionary<string, int> backends) => backends.Count <= 8
        ? string.Join(' ', backends.Values.Select(Number))
        : $"{backends.Count} back ends, {Number(backends.Values.Min())} to {Number(backends.Values.Max())} each";

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.00} ms");

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static Text Text(string text) => new(text);
}
