using System.Runtime.InteropServices;

namespace Orleans.Cn2.Lab.Namespaces;

/// <summary>A system call that failed: which, on what, and the kernel's reason.</summary>
public sealed class NativeException : IOException
{
    /// <summary>The error of the last call of this thread.</summary>
    internal NativeException(string call, string subject, int errno)
        : base($"{call}({subject}): {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})") => Errno = errno;

    /// <summary>The kernel's error number.</summary>
    public int Errno { get; }
}
