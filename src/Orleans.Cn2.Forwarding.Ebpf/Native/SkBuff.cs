using System.Runtime.InteropServices;

namespace Orleans.Cn2.Forwarding.Ebpf.Native;

/// <summary>struct __sk_buff up to the fields a test run takes and gives.</summary>
[StructLayout(LayoutKind.Sequential)]
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
