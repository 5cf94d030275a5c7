using System.Diagnostics;
using System.Globalization;
using Orleans.Cn2.Lab.Namespaces;

namespace Orleans.Cn2.Lab.Processes;

/// <summary>A process for good: its id and its start time, so that an id used again is not taken for it.</summary>
/// <param name="Pid">Process id.</param>
/// <param name="StartTime">Clock ticks since boot: field 22 of /proc/PID/stat (proc(5)).</param>
internal sealed record ProcessHandle(int Pid, ulong StartTime)
{
    private const int Term = 15;
    private const int Kill9 = 9;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    /// <summary>True while that very process runs; a zombie does not.</summary>
    public bool IsRunning => Read(Pid) is { } now && now.StartTime == StartTime && now.State is not ('Z' or 'X');

    public static ProcessHandle? Of(int pid) => Read(pid) is { } now ? new(pid, now.StartTime) : null;

    /// <summary>Child processes, by /proc/PID/task/PID/children.</summary>
    public static int[] Children(int pid)
    {
        try
        {
            return [.. File.ReadAllText($"/proc/{pid}/task/{pid}/children")
                .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(c => int.Parse(c, CultureInfo.InvariantCulture))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Processes other than this one whose network namespace is among those; killed pods leave none.</summary>
    public static IEnumerable<ProcessHandle> InNetworkNamespaces(IReadOnlySet<string> identities)
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out int pid) && pid != Environment.ProcessId
                && NamespaceIdentity.OfProcess(pid) is { } identity && identities.Contains(identity) && Of(pid) is { } process)
            {
                yield return process;
            }
        }
    }

    /// <summary>Processes other than this one that were started with this environment entry, <c>NAME=value</c>.</summary>
    public static IEnumerable<ProcessHandle> WithEnvironment(string entry)
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out int pid) && pid != Environment.ProcessId
                && EnvironmentOf(directory).Contains(entry) && Of(pid) is { } process)
            {
                yield return process;
            }
        }
    }

    public void Signal(int signal)
    {
        if (IsRunning)
        {
            LinuxNamespaces.Kill(Pid, signal);
        }
    }

    /// <summary>SIGKILL and wait until it is gone.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        Signal(Kill9);
        if (!await WaitAsync(EndLimit, cancellationToken))
        {
            throw new LabException($"process {Pid} doesn't end, {EndLimit.TotalSeconds} s after SIGKILL");
        }
    }

    /// <summary>SIGTERM, and SIGKILL when it hasn't ended after the grace.</summary>
    public async Task StopAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        Signal(Term);
        if (!await WaitAsync(grace, cancellationToken))
        {
            await KillAsync(cancellationToken);
        }
    }

    /// <summary>True when it ended within the time.</summary>
    public async Task<bool> WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        while (IsRunning)
        {
            if (Stopwatch.GetElapsedTime(begin) > limit)
            {
                return false;
            }

            await Task.Delay(5, cancellationToken);
        }

        return true;
    }

    private static string[] EnvironmentOf(string processDirectory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(processDirectory, "environ")).Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked, or belongs to somebody whose processes are none of ours.
            return [];
        }
    }

    private static (char State, ulong StartTime)? Read(int pid)
    {
        try
        {
            // The name in parentheses may hold anything; the fields are counted after the last one that closes.
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], ulong.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
