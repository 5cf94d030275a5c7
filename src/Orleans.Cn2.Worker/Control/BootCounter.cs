using System.Globalization;

namespace Orleans.Cn2.Worker.Control;

/// <summary>
/// Counts the starts of this node's worker. While it is held no second worker of the node can start: the file stays locked (flock) until the
/// process ends, however it ends.
/// </summary>
internal sealed class BootCounter : IDisposable
{
    private readonly FileStream _file;

    private BootCounter(FileStream file, ulong boot) => (_file, Boot) = (file, boot);

    /// <summary>Number of this start; grows by one with each.</summary>
    public ulong Boot { get; }

    /// <exception cref="IOException">Another worker holds the directory.</exception>
    public static BootCounter Acquire(string directory)
    {
        Directory.CreateDirectory(directory);
        FileStream file = new(Path.Combine(directory, "boot"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        using StreamReader reader = new(file, leaveOpen: true);
        ulong boot = ulong.TryParse(reader.ReadToEnd(), CultureInfo.InvariantCulture, out ulong last) ? last + 1 : 1;
        file.SetLength(0);
        using StreamWriter writer = new(file, leaveOpen: true);
        writer.Write(boot.ToString(CultureInfo.InvariantCulture));
        writer.Flush();
        file.Flush(flushToDisk: true);
        return new BootCounter(file, boot);
    }

    public void Dispose() => _file.Dispose();
}
