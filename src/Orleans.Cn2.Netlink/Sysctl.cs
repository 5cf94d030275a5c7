namespace Orleans.Cn2.Netlink;

/// <summary>
/// Kernel settings under /proc/sys. Those below <c>net/</c> are of the network namespace of the thread that reads or
/// writes them. A path is written with slashes, e.g. <c>net/ipv4/conf/eth0/rp_filter</c>, since interface names may hold dots.
/// </summary>
public sealed class Sysctl
{
    private readonly string _root;

    /// <summary>Settings below <paramref name="root"/>.</summary>
    public Sysctl(string root = "/proc/sys") => _root = root;

    /// <summary>The value without its final newline; null when this kernel has no such setting.</summary>
    public string? Read(string path)
    {
        try
        {
            return File.ReadAllText(Path.Join(_root, path)).TrimEnd();
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes a value.</summary>
    /// <exception cref="IOException">There is no such setting, or the kernel refuses the value; the message names both.</exception>
    public void Write(string path, string value)
    {
        try
        {
            using FileStream file = new(Path.Join(_root, path), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            file.Write(System.Text.Encoding.ASCII.GetBytes(value));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"cannot set {path} to {value}: {failure.Message}", failure);
        }
    }
}
