using System.Text.RegularExpressions;
using Orleans.Cn2.Lab.Databases;
using Orleans.Cn2.Lab.Namespaces;
using Orleans.Cn2.Lab.Processes;
using Orleans.Cn2.Lab.State;

namespace Orleans.Cn2.Lab.Topology;

/// <summary>
/// Removes all of a lab. It goes by what is there (namespaces of the lab's prefix, processes in them or marked as the
/// lab's, mounts below its directory) and takes the state file as a hint only: a crash may have left anything.
/// </summary>
internal static partial class Teardown
{
    /// <summary>True when there was something to remove.</summary>
    public static async Task<bool> RunAsync(LabStore store, string lab, CancellationToken cancellationToken)
    {
        string[] namespaces = Directory.Exists(NetworkNamespace.Root)
            ? [.. Directory.EnumerateFiles(NetworkNamespace.Root, LabPlan.Prefix(lab) + "*").Select(f => Path.GetFileName(f))]
            : [];
        await KillAsync(store, namespaces, cancellationToken);
        if (namespaces.Length > 0)
        {
            await IpCommand.RunAsync(null, [.. namespaces.Select(n => $"netns del {n}")], cancellationToken, force: true);
            if (namespaces.FirstOrDefault(n => File.Exists(Path.Combine(NetworkNamespace.Root, n))) is { } left)
            {
                throw new LabException($"namespace {left} can't be removed");
            }
        }

        foreach (string mount in MountsBelow(store.Directory).Reverse())
        {
            LinuxNamespaces.Unmount(mount);
        }

        bool files = Directory.Exists(store.Directory);
        if (files)
        {
            Directory.Delete(store.Directory, recursive: true);
        }

        return files || namespaces.Length > 0;
    }

    private static async Task KillAsync(LabStore store, string[] namespaces, CancellationToken cancellationToken)
    {
        List<ProcessHandle> processes = [];
        try
        {
            LabState? state = store.TryLoad();
            processes.AddRange(state?.Pods.SelectMany(p => p.Containers).Select(c => c.Process) ?? []);
            processes.AddRange(state?.Workers.Select(w => w.Process) ?? []);
        }
        catch (LabException)
        {
            // A damaged state file: its processes are found by their namespaces.
        }

        HashSet<string> identities = [.. namespaces.Select(NamespaceIdentity.OfName).OfType<string>()];
        // Twice: a process may have forked between being listed and being killed.
        for (int round = 0; round < 2; round++)
        {
            processes.AddRange(ProcessHandle.InNetworkNamespaces(identities));
            processes.AddRange(ProcessHandle.WithEnvironment($"{LabCluster.ProcessMark}={store.Directory}"));
            await Task.WhenAll(processes.Distinct().Select(p => p.KillAsync(cancellationToken)));
            processes.Clear();
        }

        // Not by SIGKILL: it would leave its shared memory behind.
        await (PostgresProcess.Find(LabCluster.DatabaseOf(store.Directory))?.KillAsync(cancellationToken) ?? Task.CompletedTask);
    }

    /// <summary>Mount points at or below a directory, in the order they were mounted (proc(5), mountinfo).</summary>
    internal static IEnumerable<string> MountsBelow(string directory) =>
        File.ReadLines("/proc/self/mountinfo").Select(line => Unescape(line.Split(' ')[4]))
            .Where(point => point == directory || point.StartsWith(directory + "/", StringComparison.Ordinal)).ToArray();

    private static string Unescape(string point) =>
        Octal().Replace(point, match => ((char)Convert.ToInt32(match.Groups[1].Value, 8)).ToString());

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Octal();
}
