using System.Runtime.InteropServices;
using System.Text;

namespace Orleans.Cn2.Netlink.Devices;

/// <summary>The system calls of TUN and TAP interfaces, as libc offers them. Each sets errno.</summary>
internal static unsafe partial class TunCalls
{
    internal const string DevicePath = "/dev/net/tun";

    private const nuint SetInterface = 0x400454ca; // TUNSETIFF

    internal const int NotPermitted = 1;
    internal const int NoEntry = 2;
    internal const int Interrupted = 4;
    internal const int NoSuchDevice = 6;
    internal const int Again = 11;
    internal const int AccessDenied = 13;
    internal const int NoDevice = 19;

    /// <summary>EBADFD: the interface of the file was removed.</summary>
    internal const int BadDescriptorState = 77;

    internal const int ReadWriteNonBlocking = 0x80802; // O_RDWR | O_NONBLOCK | O_CLOEXEC
    internal const int EventFlags = 0x80800; // EFD_NONBLOCK | EFD_CLOEXEC
    internal const short Readable = 1; // POLLIN

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial TunFile Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    internal static partial TunFile OpenEvent(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Control(TunFile file, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(TunFile file, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(TunFile file, byte* buffer, nuint length);

    /// <summary>Makes the interface of a file.</summary>
    /// <param name="file">Of <see cref="DevicePath"/>.</param>
    /// <param name="name">Its name, at most 15 characters; %d in it becomes a number.</param>
    /// <param name="kind">IFF_ flags of linux/if_tun.h.</param>
    /// <returns>The name that it got.</returns>
    /// <exception cref="IOException">The kernel refuses.</exception>
    internal static string Create(TunFile file, string name, short kind)
    {
        if (file.IsInvalid)
        {
            throw Failure($"open {DevicePath}");
        }

        InterfaceRequest request = new() { Flags = kind };
        Encoding.ASCII.GetBytes(name, request.Name);
        return Control(file, SetInterface, &request) < 0 ? throw Failure($"TUNSETIFF {name}") : Encoding.ASCII.GetString(request.Name).TrimEnd('\0');
    }

    /// <summary>What the last call was refused with.</summary>
    internal static IOException Failure(string what)
    {
        int errno = Marshal.GetLastPInvokeError();
        return new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})");
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        internal int Descriptor;
        internal short Events;
        internal short Happened;
    }

    /// <summary>struct ifreq with its flags.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 40)]
    private struct InterfaceRequest
    {
        internal InterfaceName Name;
        internal short Flags;
    }

    [System.Runtime.CompilerServices.InlineArray(16)]
    private struct InterfaceName
    {
        private byte _first;
    }
}
