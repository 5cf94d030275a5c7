using System.Diagnostics;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;

/// <summary>A bpffs of one test in a directory of its own; with it go all pins.</summary>
internal sealed class BpfMount : IDisposable
{
    internal BpfMount()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("cn2-bpffs").FullName;
        Run("mount", "-t", "bpf", "bpf", Directory);
    }

    internal string Directory { get; }

    public void Dispose()
    {
        // Lazily: a child that is being started holds what was open there, until it runs its own program.
        Run("umount", "-l", Directory);
        System.IO.Directory.Delete(Directory);
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
    }
}
