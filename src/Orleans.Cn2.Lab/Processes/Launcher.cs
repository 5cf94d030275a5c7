using System.Collections.Immutable;
using System.Diagnostics;
using Orleans.Cn2.Lab.Namespaces;
using Orleans.Cn2.Lab.Requirements;

namespace Orleans.Cn2.Lab.Processes;

/// <summary>
/// Starts programs that outlive this process: in a session of their own (no Ctrl-C reaches them), in a network
/// namespace, output to a file.
/// </summary>
internal static class Launcher
{
    /// <summary>Arguments for nsenter(1) that enter a namespace by its name.</summary>
    public static string Net(string networkNamespace) => $"--net={Path.Combine(NetworkNamespace.Root, networkNamespace)}";

    /// <summary>The mount namespace stays this process' own.</summary>
    public static ProcessHandle Start(
        string networkNamespace, string logFile, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> command) =>
        Start(logFile, environment, [Net(networkNamespace), "--", .. command]);

    /// <summary>
    /// In namespaces of its own for processes, mounts and host name besides: the whole tree ends when the returned
    /// process is killed, and unmounts of the machine reach it, so that it holds no namespace or bpffs alive.
    /// </summary>
    public static ProcessHandle StartContained(
        string networkNamespace, string logFile, IReadOnlyDictionary<string, string> environment, string script) =>
        Start(logFile, environment,
        [
            Net(networkNamespace), "--", "unshare", "--uts", "--mount", "--propagation", "slave", "--pid", "--fork",
            "--kill-child", "--", "/bin/sh", script,
        ]);

    // Before anything else: a process that kept this one's output would hold open the pipe that somebody reads it by.
    private static ImmutableArray<string> Quiet(string logFile) =>
        ["/bin/sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", logFile];

    private static ProcessHandle Start(string logFile, IReadOnlyDictionary<string, string> environment, ImmutableArray<string> nsenter)
    {
        ProcessStartInfo start = new(LabRequirements.Find("setsid") ?? "setsid");
        foreach (string argument in (ImmutableArray<string>)[.. Quiet(logFile), "nsenter", .. nsenter])
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        // Each step replaces the one before by exec, so the id stays the same; unshare --fork is what remains of a pod.
        using Process process = Process.Start(start) ?? throw new LabException("setsid can't be started");
        return ProcessHandle.Of(process.Id)
            ?? throw new LabException($"'{string.Join(' ', nsenter)}' ended at once: see {logFile}");
    }
}
