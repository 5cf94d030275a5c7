using System.Runtime.CompilerServices;
using Orleans.Cn2.Forwarding.Ebpf.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Layout;

/// <summary>Six bytes of a MAC address in transmission order.</summary>
[InlineArray(MacAddress.Size)]
internal struct Mac6
{
    private byte _first;

    internal static Mac6 Of(MacAddress mac)
    {
        Mac6 bytes = default;
        mac.WriteBytes(bytes);
        return bytes;
    }
}
