using System.Diagnostics;

namespace Orleans.Cn2.Testing.Servers;

/// <summary>A file system of a few megabytes (tmpfs), to run out of. Gone with its disposal, or with the process.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("cn2-disk-").FullName;

    public SmallDisk(int megabytes)
    {
        Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=0777", "tmpfs", _path);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
    }

    public string Path => _path;

    private string Filler => System.IO.Path.Combine(_path, "filler");

    /// <summary>Leaves no room at all.</summary>
    public void Fill()
    {
        using FileStream filler = new(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] page = new byte[4096];
        while (new DriveInfo(_path).AvailableFreeSpace >= page.Length)
        {
            filler.Write(page);
        }
    }

    /// <summary>Makes room again.</summary>
    public void Free() => File.Delete(Filler);

    public void Dispose()
    {
        if (Directory.Exists(_path))
        {
            Run("umount", "-l", _path);
            Directory.Delete(_path);
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
        }
    }
}
