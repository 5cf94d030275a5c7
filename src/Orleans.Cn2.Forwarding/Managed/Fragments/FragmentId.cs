using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Decision;

namespace Orleans.Cn2.Forwarding.Managed.Fragments;

/// <summary>Names the datagram that a fragment is of, as seen at an ingress hook.</summary>
/// <param name="Id">The identification: 16 bits in IPv4, 32 in IPv6.</param>
/// <param name="Protocol">0 for IPv6, whose fragments need not agree on it.</param>
public readonly record struct FragmentId(IpAddress Source, IpAddress Destination, uint Id, byte Protocol)
{
    /// <summary>Reads it from an Ethernet frame; false where that is not a sound fragment behind the first of its datagram.</summary>
    public static bool TryRead(Span<byte> frame, out FragmentId id)
    {
        id = default;
        if (Parse.Read(frame, out ParsedPacket packet) != ParseResult.Rest
            || HeaderWalk.Run(frame[EthernetFrame.HeaderLength..], ref packet, out Fragment piece) != DropReason.None
            || piece.Start == 0)
        {
            return false;
        }

        id = new FragmentId(
            packet.Key.Source.ToIpAddress(), packet.Key.Destination.ToIpAddress(), piece.Id, packet.IsV6 ? (byte)0 : packet.Key.Protocol);
        return true;
    }
}
