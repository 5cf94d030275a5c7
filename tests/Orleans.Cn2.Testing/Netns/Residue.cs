namespace Orleans.Cn2.Testing.Netns;

/// <summary>What a test could leave on the machine: namespaces, mounts and processes whose text holds a mark of the test.</summary>
public sealed record Residue(IReadOnlyList<string> Namespaces, IReadOnlyList<string> Mounts, IReadOnlyList<string> Processes)
{
    /// <summary>True when nothing is left.</summary>
    public bool IsEmpty => Namespaces.Count + Mounts.Count + Processes.Count == 0;

    /// <summary>Looks for the mark in names of namespaces, mount points and command lines of other processes.</summary>
    public static Residue Of(string mark) => new(
        [.. Directory.Exists("/run/netns") ? Directory.EnumerateFiles("/run/netns").Where(f => f.Contains(mark, StringComparison.Ordinal)) : []],
        [.. File.ReadLines("/proc/self/mountinfo").Where(l => l.Contains(mark, StringComparison.Ordinal))],
        [.. Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out int pid) && pid != Environment.ProcessId)
            .Select(CommandLine).Where(c => c.Contains(mark, StringComparison.Ordinal))]);

    /// <inheritdoc/>
    public override string ToString() => string.Join('\n', [.. Namespaces, .. Mounts, .. Processes]);

    private static string CommandLine(string directory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, "cmdline")).Replace('\0', ' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked: nothing is left of it.
            return "";
        }
    }
}
