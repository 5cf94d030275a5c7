using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Orleans.Cn2.Lab.Requirements;

/// <summary>Says what this machine lacks for a lab.</summary>
public static class LabRequirements
{
    private static readonly (string Program, string Package)[] Programs =
    [
        ("ip", "iproute2"), ("nsenter", "util-linux"), ("unshare", "util-linux"), ("setsid", "util-linux"),
        ("mount", "mount"),
    ];

    /// <summary>One clear line for each thing that is missing; empty when a lab can run.</summary>
    /// <param name="nginx">Whether pods of image nginx are wanted.</param>
    public static ImmutableArray<string> Missing(bool nginx) =>
        Missing(nginx, OperatingSystem.IsLinux(), RuntimeInformation.OSDescription, Environment.IsPrivilegedProcess, program => Find(program) is not null);

    internal static ImmutableArray<string> Missing(
        bool nginx, bool linux, string system, bool root, Func<string, bool> installed)
    {
        if (!linux)
        {
            return [$"the lab needs Linux (network namespaces); this is {system}"];
        }

        List<string> missing = [];
        if (!root)
        {
            missing.Add("the lab needs root, to make network namespaces; run it with sudo");
        }

        missing.AddRange(Programs
            .Concat(nginx ? [("nginx", "nginx-light")] : [])
            .Where(p => !installed(p.Item1))
            .Select(p => $"the program '{p.Item1}' isn't installed; on Debian and Ubuntu: apt-get install {p.Item2}"));
        return [.. missing];
    }

    /// <summary>Full path of a program, by PATH and then the system directories, which PATH often lacks for sudo; null when there is none.</summary>
    internal static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(["/usr/sbin", "/usr/bin", "/sbin", "/bin"])
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);
}
