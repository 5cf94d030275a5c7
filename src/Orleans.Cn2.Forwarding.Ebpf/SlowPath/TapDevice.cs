using System.Runtime.InteropServices;
using System.Text;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.SlowPath;

/// <summary>
/// A TAP interface of the calling thread's network namespace. What is sent out of it is read here as Ethernet frames, what is written here arrives at its
/// ingress hook. It lives as long as this object: the programs see at once when nobody reads.
/// </summary>
internal sealed unsafe partial class TapDevice : IDisposable
{
    private const string NamePattern = "cn2t%d";
    private const uint LargestMtu = 65_521; // the kernel's for a TAP: 65,535 with the Ethernet header
    private const nuint SetInterface = 0x400454ca; // TUNSETIFF
    private const short TapWithoutHeader = 0x1002; // IFF_TAP | IFF_NO_PI
    private const int OpenFlags = 0x80802; // O_RDWR | O_NONBLOCK | O_CLOEXEC
    private const short Readable = 1; // POLLIN

    private readonly BpfHandle _file;
    private readonly BpfHandle _wake;

    private TapDevice(BpfHandle file, BpfHandle wake, string name, int index)
    {
        (_file, _wake, Name, Index) = (file, wake, name, index);
    }

    /// <summary>Room that the longest frame takes.</summary>
    public static int LargestFrame => (int)LargestMtu + 14;

    public string Name { get; }

    public int Index { get; }

    /// <summary>Creates one that is up and says nothing by itself.</summary>
    /// <exception cref="BpfException">The kernel refuses.</exception>
    public static TapDevice Create()
    {
        BpfHandle file = Checked(LinuxCalls.Open("/dev/net/tun", OpenFlags), "open", "/dev/net/tun");
        BpfHandle? wake = null;
        try
        {
            wake = Checked(CreateEvent(0, 0x80800), "eventfd", "of the TAP"); // EFD_NONBLOCK | EFD_CLOEXEC
            InterfaceRequest request = new() { Flags = TapWithoutHeader };
            Encoding.ASCII.GetBytes(NamePattern, request.Name);
            if (Control(file.Descriptor, SetInterface, &request) < 0)
            {
                throw BpfException.Last("TUNSETIFF", NamePattern);
            }

            string name = Encoding.ASCII.GetString(request.Name).TrimEnd('\0');
            using RtNetlink kernel = RtNetlink.Open();
            int index = kernel.GetLink(name)?.Index ?? throw new InvalidOperationException($"the TAP interface {name} vanished");
            Silence(name);
            kernel.SetMtu(index, LargestMtu);
            kernel.SetFlags(index, LinkFlags.Up);
            return new TapDevice(file, wake, name, index);
        }
        catch
        {
            wake?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Waits until a frame can be read, <see cref="Wake"/> was called, or the patience ends (null: never).</summary>
    public void Wait(TimeSpan? patience)
    {
        PollEntry* entries = stackalloc PollEntry[2];
        entries[0] = new PollEntry { Descriptor = _file.Descriptor, Events = Readable };
        entries[1] = new PollEntry { Descriptor = _wake.Descriptor, Events = Readable };
        if (Poll(entries, 2, patience is { } limit ? (int)Math.Ceiling(limit.TotalMilliseconds) : -1) < 0
            && Marshal.GetLastPInvokeError() != LinuxCalls.Interrupted)
        {
            throw BpfException.Last("poll", Name);
        }
    }

    /// <summary>Ends a wait, from any thread.</summary>
    public void Wake()
    {
        if (_wake.IsClosed)
        {
            return;
        }

        ulong one = 1;
        _ = Write(_wake.Descriptor, (byte*)&one, sizeof(ulong));
    }

    /// <summary>The next frame, or null where none waits.</summary>
    public byte[]? Read(Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            nint length = Read(_file.Descriptor, bytes, (nuint)buffer.Length);
            return length >= 0 ? buffer[..(int)length].ToArray()
                : Marshal.GetLastPInvokeError() is LinuxCalls.Again or LinuxCalls.Interrupted ? null
                : throw BpfException.Last("read", Name);
        }
    }

    /// <summary>Makes a frame arrive at the interface.</summary>
    public void Write(ReadOnlySpan<byte> frame)
    {
        fixed (byte* bytes = frame)
        {
            if (Write(_file.Descriptor, bytes, (nuint)frame.Length) < 0)
            {
                throw BpfException.Last("write", Name);
            }
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _wake.Dispose();
    }

    // Without addresses of its own the node says nothing there; a kernel without IPv6 has no such setting.
    private static void Silence(string name)
    {
        Sysctl settings = new();
        string disable = $"net/ipv6/conf/{name}/disable_ipv6";
        if (settings.Read(disable) is not null)
        {
            settings.Write(disable, "1");
        }
    }

    private static BpfHandle Checked(int descriptor, string call, string what) =>
        descriptor >= 0 ? new BpfHandle(descriptor) : throw BpfException.Last(call, what);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int descriptor, nuint request, InterfaceRequest* argument);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int CreateEvent(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, byte* buffer, nuint length);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }

    /// <summary>struct ifreq with its flags.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 40)]
    private struct InterfaceRequest
    {
        public InterfaceName Name;
        public short Flags;
    }

    [System.Runtime.CompilerServices.InlineArray(16)]
    private struct InterfaceName
    {
        private byte _first;
    }
}
