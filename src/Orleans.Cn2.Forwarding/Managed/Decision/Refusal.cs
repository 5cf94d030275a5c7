using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>What an ICMP error of the node says, and from which address (section 7).</summary>
internal readonly record struct Refusal(byte Type, byte Code, uint Rest, MappedAddress From)
{
    /// <summary>A FloatingIP refuses by itself; of hops and MTUs the node speaks, as a router.</summary>
    public static Refusal Of(PlaneState state, in ParsedPacket packet, DropReason reason, int mtu)
    {
        MappedAddress own = packet.Key.Destination;
        MappedAddress node = state.Rules.NodeAddressOf(packet.IsV6) ?? own;
        return (reason, packet.IsV6) switch
        {
            (DropReason.TtlExceeded, false) => new Refusal(IcmpMessage.TimeExceeded, 0, 0, node),
            (DropReason.TtlExceeded, true) => new Refusal(IcmpMessage.TimeExceededV6, 0, 0, node),
            (DropReason.PacketTooBig, false) => new Refusal(
                IcmpMessage.Unreachable, IcmpMessage.FragmentationNeeded, (uint)Math.Min(mtu, ushort.MaxValue), node),
            (DropReason.PacketTooBig, true) => new Refusal(IcmpMessage.PacketTooBigV6, 0, (uint)mtu, node),
            (_, false) => new Refusal(IcmpMessage.Unreachable, IcmpMessage.PortUnreachable, 0, own),
            (_, true) => new Refusal(IcmpMessage.UnreachableV6, IcmpMessage.PortUnreachableV6, 0, own),
        };
    }
}
