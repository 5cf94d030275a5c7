using System.Runtime.CompilerServices;

namespace Orleans.Cn2.Forwarding.Ebpf.Layout;

/// <summary>Six bytes of a MAC address in transmission order.</summary>
[InlineArray(6)]
internal struct Mac6
{
    private byte _first;
}
