using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Layout;

namespace Orleans.Cn2.Forwarding.Ebpf.Tables;

/// <summary>What a packet's destination is looked up by.</summary>
internal readonly record struct FrontendKey(IpAddress Address, TransportProtocol Protocol, ushort Port)
{
    internal static FrontendKey Of(Frontend frontend) => new(frontend.Address, frontend.Protocol, frontend.Port);

    internal ServiceKeyRow ToRow() => ServiceKeyRow.Of(Address, Protocol, Port);

    /// <inheritdoc/>
    public override string ToString() => $"{Protocol}/{Address}:{Port}";
}
