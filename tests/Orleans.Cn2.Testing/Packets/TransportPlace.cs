using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Testing.Packets;

/// <summary>Where the transport of a sound packet is, found without the code under test.</summary>
/// <param name="Offset">From the IP header on.</param>
/// <param name="IsPiece">It is a fragment of a longer datagram.</param>
public readonly record struct TransportPlace(int Offset, byte Protocol, bool IsPiece)
{
    /// <summary>Walks options and extension headers; where a header is cut short, the place is the end of the bytes.</summary>
    public static TransportPlace Of(Span<byte> l3, bool v4)
    {
        if (v4)
        {
            return IPv4Packet.TryCreate(l3, out IPv4Packet ip)
                ? new TransportPlace(Math.Min(ip.HeaderLength, l3.Length), ip.Protocol, ip.IsFragment)
                : new TransportPlace(l3.Length, 0, false);
        }

        bool piece = false;
        int at = IPv6Packet.HeaderLength;
        byte next = l3.Length < at ? (byte)0 : l3[6];
        while (next is IpProtocol.HopByHop or IpProtocol.Routing or IpProtocol.DestinationOptions or IpProtocol.Fragment)
        {
            if (l3.Length < at + 8)
            {
                return new TransportPlace(l3.Length, next, piece);
            }

            bool fragment = next == IpProtocol.Fragment;
            int bits = (l3[at + 2] << 8) | l3[at + 3];
            piece |= fragment && (bits & 0xfff9) != 0;
            (next, at) = (l3[at], at + (fragment ? 8 : (l3[at + 1] + 1) * 8));
            if (fragment && (bits & 0xfff8) != 0)
            {
                break;
            }
        }

        return new TransportPlace(Math.Min(at, l3.Length), next, piece);
    }
}
