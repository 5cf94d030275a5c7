using System.Runtime.InteropServices;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Netlink.Devices;

namespace Orleans.Cn2.Forwarding.Tun.Devices;

/// <summary>
/// A TUN interface of the calling thread's network namespace. What the kernel routes out of it is read here, what is written here arrives on it. It goes with
/// this object, and with the process, however that ends.
/// </summary>
internal sealed unsafe class TunDevice : IDisposable
{
    /// <summary>Room for an Ethernet header and the longest packet: 64 KB of payload behind an IPv6 header.</summary>
    internal const int BufferSize = 66 * 1024;

    private const nuint SetOffload = 0x400454d0; // TUNSETOFFLOAD
    private const short Kind = unchecked((short)0xd001); // IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | IFF_TUN_EXCL
    private const nuint AllOffloads = 0x6f; // TUN_F_CSUM | TSO4 | TSO6 | TSO_ECN | USO4 | USO6
    private const nuint WithoutUdp = 0x0f; // before Linux 6.2
    private const int Front = EthernetFrame.HeaderLength - OffloadHeader.Size;

    private readonly TunFile _file;

    private TunDevice(TunFile file, string name, int index) => (_file, Name, Index) = (file, name, index);

    internal string Name { get; }

    internal int Index { get; }

    /// <summary>True when its interface was removed by somebody else.</summary>
    internal bool IsBroken { get; private set; }

    internal int Descriptor => _file.Descriptor;

    /// <summary>Says why this process can't have such interfaces; null when it can.</summary>
    internal static string? Refusal()
    {
        using TunFile file = TunCalls.Open(TunCalls.DevicePath, TunCalls.ReadWriteNonBlocking);
        return !file.IsInvalid ? null : Marshal.GetLastPInvokeError() switch
        {
            TunCalls.NoEntry or TunCalls.NoDevice or TunCalls.NoSuchDevice => $"there is no {TunCalls.DevicePath}: the kernel's module tun is needed, in a container the device too",
            TunCalls.NotPermitted or TunCalls.AccessDenied => $"{TunCalls.DevicePath} may not be opened: root, or CAP_NET_ADMIN and access to it, is needed",
            int other => $"{TunCalls.DevicePath}: {Marshal.GetPInvokeErrorMessage(other)}",
        };
    }

    /// <summary>Makes an interface that is down.</summary>
    /// <exception cref="IOException">The kernel refuses, or the name is taken.</exception>
    internal static TunDevice Create(string name, RtNetlink kernel)
    {
        TunFile file = TunCalls.Open(TunCalls.DevicePath, TunCalls.ReadWriteNonBlocking);
        try
        {
            TunCalls.Create(file, name, Kind);
            if (TunCalls.Control(file, SetOffload, (void*)AllOffloads) < 0 && TunCalls.Control(file, SetOffload, (void*)WithoutUdp) < 0)
            {
                throw TunCalls.Failure($"TUNSETOFFLOAD {name}");
            }

            return new TunDevice(file, name, kernel.GetLink(name)?.Index ?? throw new IOException($"the interface {name} vanished"));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Takes the next packet into a buffer of <see cref="BufferSize"/> behind an empty Ethernet header of its type. Answers the frame's length; 0 when
    /// nothing waits, or the interface is gone.
    /// </summary>
    internal int Read(byte[] buffer, out OffloadHeader header)
    {
        header = default;
        while (true)
        {
            nint length;
            fixed (byte* start = &buffer[Front])
            {
                length = TunCalls.Read(_file, start, (nuint)(buffer.Length - Front));
            }

            if (length < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                IsBroken |= errno is not (TunCalls.Again or TunCalls.Interrupted);
                if (errno == TunCalls.Interrupted)
                {
                    continue;
                }

                return 0;
            }

            // A packet that is longer than any can be was cut by the kernel.
            if (length > OffloadHeader.Size && length <= buffer.Length - Front)
            {
                header = OffloadHeader.Read(buffer.AsSpan(Front));
                buffer.AsSpan(0, EthernetFrame.HeaderLength).Clear();
                EthernetFrame.TryCreate(buffer, out EthernetFrame ethernet);
                ethernet.Type = buffer[EthernetFrame.HeaderLength] >> 4 == 6 ? EtherType.IPv6 : EtherType.IPv4;
                return Front + (int)length;
            }
        }
    }

    /// <summary>Makes the packet of a frame arrive on the interface; the Ethernet header is overwritten. Answers errno, 0 for success.</summary>
    internal int Write(Span<byte> frame, in OffloadHeader header)
    {
        header.Write(frame[Front..]);
        fixed (byte* start = frame[Front..])
        {
            return TunCalls.Write(_file, start, (nuint)(frame.Length - Front)) < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
