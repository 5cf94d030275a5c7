using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Orleans.Cn2.Lab.Namespaces;

/// <summary>The system calls that the framework has no name for.</summary>
internal static partial class LinuxNamespaces
{
    private const int CloneNewNet = 0x40000000;
    private const int OpenReadOnlyCloseOnExec = 0x80000;
    private const int MountDetach = 2;

    // A namespace file is neither regular nor seekable, which File.OpenHandle insists on.
    public static SafeFileHandle Open(string path)
    {
        SafeFileHandle handle = open(path, OpenReadOnlyCloseOnExec);
        return handle.IsInvalid ? throw Failed("open", path, handle) : handle;
    }

    /// <summary>Moves the calling thread, and it alone, into the namespace.</summary>
    public static void EnterNetwork(SafeFileHandle handle, string name)
    {
        if (setns(handle, CloneNewNet) != 0)
        {
            throw Failed("setns", name);
        }
    }

    public static void MountBpf(string path)
    {
        if (mount("bpf", path, "bpf", 0, "mode=0700") != 0)
        {
            throw Failed("mount -t bpf", path);
        }
    }

    /// <summary>Unmounts at once, whoever still uses it.</summary>
    public static void Unmount(string path)
    {
        if (umount2(path, MountDetach) != 0)
        {
            throw Failed("umount", path);
        }
    }

    /// <summary>Sends a signal; false when the process is gone.</summary>
    public static bool Kill(int pid, int signal)
    {
        const int NoSuchProcess = 3;
        if (kill(pid, signal) == 0)
        {
            return true;
        }

        int errno = Marshal.GetLastPInvokeError();
        return errno == NoSuchProcess ? false : throw new NativeException("kill", $"{pid}, {signal}", errno);
    }

    private static NativeException Failed(string call, string subject, SafeHandle? handle = null)
    {
        int errno = Marshal.GetLastPInvokeError();
        handle?.Dispose();
        return new(call, subject, errno);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(SafeFileHandle handle, int type);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string type, nuint flags, string data);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);
}
