using System.Runtime.InteropServices;

namespace Orleans.Cn2.Forwarding.Ebpf.Native;

/// <summary>struct __sk_buff: the fields a test run takes and gives, padded to its size, which the kernel insists on.</summary>
[StructLayout(LayoutKind.Sequential, Size = 192)]
internal unsafe struct SkBuff
{
    internal uint Length;
    internal uint PacketType;
    internal uint Mark;
    internal uint QueueMapping;
    internal uint Protocol;
    internal uint VlanPresent;
    internal uint VlanTci;
    internal uint VlanProtocol;
    internal uint Priority;
    internal uint IngressInterface;
    internal uint Interface;
    internal uint TcIndex;
    internal fixed uint Control[5];
}
