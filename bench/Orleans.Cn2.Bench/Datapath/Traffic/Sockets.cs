using System.Runtime.InteropServices;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Bench.Datapath.Traffic;

/// <summary>Blocking TCP sockets by the system's own calls: what the measurement itself costs is small and the same for all.</summary>
internal static unsafe partial class Sockets
{
    private const int Stream = 1;
    private const int CloseOnExec = 0x80000;
    private const int SocketLevel = 1;
    private const int ReuseAddress = 2;
    private const int Linger = 13;
    private const int ReceiveTimeout = 20;
    private const int NoSignal = 0x4000;

    /// <summary>Listens in the namespace of the calling thread. Accepting times out after 0.2 s.</summary>
    public static int Listen(IpFamily family, ushort port)
    {
        int descriptor = Check(Open(Domain(family), Stream | CloseOnExec, 0), "socket");
        int on = 1;
        Check(Set(descriptor, SocketLevel, ReuseAddress, &on, sizeof(int)), "SO_REUSEADDR");
        long* timeout = stackalloc long[] { 0, 200_000 };
        Check(Set(descriptor, SocketLevel, ReceiveTimeout, timeout, 16), "SO_RCVTIMEO");
        byte* address = stackalloc byte[28];
        int length = Write(address, IpAddress.Parse(family == IpFamily.IPv4 ? "0.0.0.0" : "::"), port);
        Check(Bind(descriptor, address, length), "bind");
        Check(ListenOn(descriptor, 65_535), "listen");
        return descriptor;
    }

    /// <summary>The next connection, or -1 when none came in time.</summary>
    public static int Accept(int listener) => AcceptFrom(listener, null, null, CloseOnExec);

    /// <summary>Connects from the namespace of the calling thread.</summary>
    public static int Connect(IpAddress target, ushort port)
    {
        int descriptor = Check(Open(Domain(target.Family), Stream | CloseOnExec, 0), "socket");
        byte* address = stackalloc byte[28];
        int length = Write(address, target, port);
        Check(ConnectTo(descriptor, address, length), $"connect to {target}");
        return descriptor;
    }

    public static void Close(int descriptor) => Check(CloseDescriptor(descriptor), "close");

    /// <summary>Closes by RST: no TIME_WAIT stays behind.</summary>
    public static void Abort(int descriptor)
    {
        int* linger = stackalloc int[] { 1, 0 };
        Check(Set(descriptor, SocketLevel, Linger, linger, 8), "SO_LINGER");
        Close(descriptor);
    }

    /// <summary>Sends all of it or fails.</summary>
    public static void Send(int descriptor, ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            fixed (byte* start = data)
            {
                data = data[(int)Check((int)SendTo(descriptor, start, data.Length, NoSignal), "send")..];
            }
        }
    }

    /// <summary>Bytes received; 0 at the end.</summary>
    public static int Receive(int descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return (int)Math.Max(0, ReceiveFrom(descriptor, start, buffer.Length, 0));
        }
    }

    private static int Domain(IpFamily family) => family == IpFamily.IPv4 ? 2 : 10;

    private static int Write(byte* to, IpAddress address, ushort port)
    {
        int length = address.Family == IpFamily.IPv4 ? 16 : 28;
        Span<byte> bytes = new(to, length);
        bytes.Clear();
        bytes[0] = (byte)Domain(address.Family);
        bytes[2] = (byte)(port >> 8);
        bytes[3] = (byte)port;
        address.WriteBytes(bytes.Slice(address.Family == IpFamily.IPv4 ? 4 : 8, address.Width / 8));
        return length;
    }

    private static int Check(int result, string call) => result >= 0
        ? result : throw new InvalidOperationException($"{call}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Open(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int Set(int descriptor, int level, int option, void* value, int length);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int descriptor, void* address, int length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    private static partial int ListenOn(int descriptor, int backlog);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    private static partial int AcceptFrom(int descriptor, void* address, void* length, int flags);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int ConnectTo(int descriptor, void* address, int length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint SendTo(int descriptor, void* data, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint ReceiveFrom(int descriptor, void* data, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseDescriptor(int descriptor);
}
