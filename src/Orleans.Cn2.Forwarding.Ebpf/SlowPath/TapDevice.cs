using System.Runtime.InteropServices;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.Devices;

namespace Orleans.Cn2.Forwarding.Ebpf.SlowPath;

/// <summary>
/// A TAP interface of the calling thread's network namespace. What is sent out of it is read here as Ethernet frames, what is written here arrives at its
/// ingress hook. It lives as long as this object: the programs see at once when nobody reads.
/// </summary>
internal sealed unsafe class TapDevice : IDisposable
{
    private const string NamePattern = "cn2t%d";
    private const uint LargestMtu = 65_521; // the kernel's for a TAP: 65,535 with the Ethernet header
    private const short TapWithoutHeader = 0x1002; // IFF_TAP | IFF_NO_PI

    private readonly TunFile _file;
    private readonly TunFile _wake;

    private TapDevice(TunFile file, TunFile wake, string name, int index)
    {
        (_file, _wake, Name, Index) = (file, wake, name, index);
    }

    /// <summary>Room that the longest frame takes.</summary>
    public static int LargestFrame => (int)LargestMtu + 14;

    public string Name { get; }

    public int Index { get; }

    /// <summary>Creates one that is up and says nothing by itself.</summary>
    /// <exception cref="IOException">The kernel refuses.</exception>
    public static TapDevice Create()
    {
        TunFile file = TunCalls.Open(TunCalls.DevicePath, TunCalls.ReadWriteNonBlocking);
        TunFile? wake = null;
        try
        {
            string name = TunCalls.Create(file, NamePattern, TapWithoutHeader);
            wake = TunCalls.OpenEvent(0, TunCalls.EventFlags);
            if (wake.IsInvalid)
            {
                throw TunCalls.Failure("eventfd");
            }

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
        TunCalls.PollEntry* entries = stackalloc TunCalls.PollEntry[2];
        entries[0] = new TunCalls.PollEntry { Descriptor = _file.Descriptor, Events = TunCalls.Readable };
        entries[1] = new TunCalls.PollEntry { Descriptor = _wake.Descriptor, Events = TunCalls.Readable };
        if (TunCalls.Poll(entries, 2, patience is { } limit ? (int)Math.Ceiling(limit.TotalMilliseconds) : -1) < 0
            && Marshal.GetLastPInvokeError() != TunCalls.Interrupted)
        {
            throw TunCalls.Failure($"poll {Name}");
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
        _ = TunCalls.Write(_wake, (byte*)&one, sizeof(ulong));
    }

    /// <summary>The next frame, or null where none waits.</summary>
    public byte[]? Read(Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            nint length = TunCalls.Read(_file, bytes, (nuint)buffer.Length);
            return length >= 0 ? buffer[..(int)length].ToArray()
                : Marshal.GetLastPInvokeError() is TunCalls.Again or TunCalls.Interrupted ? null
                : throw TunCalls.Failure($"read {Name}");
        }
    }

    /// <summary>Makes a frame arrive at the interface.</summary>
    public void Write(ReadOnlySpan<byte> frame)
    {
        fixed (byte* bytes = frame)
        {
            if (TunCalls.Write(_file, bytes, (nuint)frame.Length) < 0)
            {
                throw TunCalls.Failure($"write {Name}");
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
}
