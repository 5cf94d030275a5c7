using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Orleans.Cn2.Testing.Processes;

/// <summary>A program under test, killed at the latest when it is disposed of or this process ends, by a signal too.</summary>
public sealed class ProgramRun : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<ProgramRun, bool> Alive = new();
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();

    static ProgramRun() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (ProgramRun run in Alive.Keys)
        {
            run._process.Kill();
        }
    };

    private ProgramRun(Process process) => _process = process;

    /// <summary>Its process.</summary>
    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public IReadOnlyCollection<string> Errors => _errors;

    public string Output => string.Join('\n', _output.Concat(_errors));

    /// <summary>Fails with the output of a program that ended although the test needs it.</summary>
    /// <exception cref="InvalidOperationException">The program ended.</exception>
    public void MustRun()
    {
        if (HasExited)
        {
            throw new InvalidOperationException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} ended with {_process.ExitCode}:\n{Output}");
        }
    }

    public static ProgramRun Start(string program, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string key, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        ProgramRun run = new(new Process { StartInfo = start });
        run._process.OutputDataReceived += (_, line) => Keep(run._output, line.Data);
        run._process.ErrorDataReceived += (_, line) => Keep(run._errors, line.Data);
        run._process.Start();
        Alive[run] = true;
        run._process.BeginOutputReadLine();
        run._process.BeginErrorReadLine();
        return run;
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<(int Status, string Output, IReadOnlyCollection<string> Errors)> RunAsync(
        string program, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        await using ProgramRun run = Start(program, arguments, environment);
        int status = await run.ExitAsync(TimeSpan.FromSeconds(60));
        return (status, run.Output, run.Errors);
    }

    public async Task<int> TerminateAsync(TimeSpan bound)
    {
        await SignalAsync("TERM");
        return await ExitAsync(bound);
    }

    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits until the output holds a text; fails when the program ends before.</summary>
    public async Task SaysAsync(string text, TimeSpan bound)
    {
        await Until.TrueAsync($"{_process.StartInfo.FileName} says '{text}'", bound, () => Task.FromResult(HasExited || Has()), () => Output);
        if (!Has())
        {
            throw new InvalidOperationException($"{_process.StartInfo.FileName} ended and never said '{text}':\n{Output}");
        }

        bool Has() => Output.Contains(text, StringComparison.Ordinal);
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async Task<int> ExitAsync(TimeSpan bound)
    {
        using CancellationTokenSource limit = new(bound);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} did not end within {bound.TotalSeconds} s:\n{Output}");
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        Alive.TryRemove(this, out _);
        _process.Dispose();
    }

    private static void Keep(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }
}
