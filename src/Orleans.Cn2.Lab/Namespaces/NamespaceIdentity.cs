namespace Orleans.Cn2.Lab.Namespaces;

/// <summary>The kernel's name of a network namespace, <c>net:[4026532001]</c>: tells which processes are in it.</summary>
internal static class NamespaceIdentity
{
    /// <summary>Of a process; null when it is gone.</summary>
    public static string? OfProcess(int pid)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/ns/net").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Of a name of <c>ip netns</c>; null when the name is there but no namespace is behind it (a half-made one).</summary>
    public static string? OfName(string name)
    {
        try
        {
            using NetworkNamespace entered = NetworkNamespace.Open(name);
            return entered.Run(() => new FileInfo("/proc/thread-self/ns/net").LinkTarget);
        }
        catch (NativeException)
        {
            return null;
        }
    }
}
