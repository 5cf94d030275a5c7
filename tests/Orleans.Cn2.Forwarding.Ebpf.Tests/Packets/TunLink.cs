using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Orleans.Cn2.Testing.Netns;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;

/// <summary>Two namespaces joined by tun devices: a link whose packets begin with the IP header.</summary>
internal sealed partial class TunLink : IDisposable
{
    private const nuint SetInterface = 0x400454ca; // TUNSETIFF
    private const short Tun = 0x0001 | 0x1000; // IFF_TUN | IFF_NO_PI
    private const int ReadWriteNonBlocking = 2 | 0x800;
    private const short Readable = 1;
    private const int LookForTheEnd = 100;

    private readonly SafeFileHandle _left;
    private readonly SafeFileHandle _right;
    private readonly Thread[] _pumps;
    private volatile bool _stopped;

    internal TunLink(TestNetwork net, string left, string leftInterface, string right, string rightInterface)
    {
        _left = net.In(left).Run(() => Open(leftInterface));
        _right = net.In(right).Run(() => Open(rightInterface));
        net.Ip(left, $"link set {leftInterface} up");
        net.Ip(right, $"link set {rightInterface} up");
        _pumps = [new Thread(() => Pump(_left, _right)), new Thread(() => Pump(_right, _left))];
        Array.ForEach(_pumps, pump => pump.Start());
    }

    public void Dispose()
    {
        _stopped = true;
        Array.ForEach(_pumps, pump => pump.Join());
        _left.Dispose();
        _right.Dispose();
    }

    private void Pump(SafeFileHandle from, SafeFileHandle to)
    {
        byte[] packet = new byte[65536];
        Polled polled = new() { Descriptor = (int)from.DangerousGetHandle(), Events = Readable };
        while (!_stopped)
        {
            if (Poll(ref polled, 1, LookForTheEnd) > 0)
            {
                nint length = Read(from, packet, (nuint)packet.Length);
                if (length > 0)
                {
                    _ = Write(to, packet, (nuint)length);
                }
            }
        }
    }

    private static SafeFileHandle Open(string name)
    {
        SafeFileHandle device = OpenFile("/dev/net/tun", ReadWriteNonBlocking);
        byte[] request = new byte[40];
        System.Text.Encoding.ASCII.GetBytes(name, request);
        BitConverter.TryWriteBytes(request.AsSpan(16), Tun);
        Assert.True(Control(device, SetInterface, request) == 0, $"TUNSETIFF {name}: errno {Marshal.GetLastPInvokeError()}");
        return device;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle device, nuint request, byte[] argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref Polled polled, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle device, byte[] buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle device, byte[] buffer, nuint length);

    [StructLayout(LayoutKind.Sequential)]
    private struct Polled
    {
        internal int Descriptor;
        internal short Events;
        internal short Happened;
    }
}
