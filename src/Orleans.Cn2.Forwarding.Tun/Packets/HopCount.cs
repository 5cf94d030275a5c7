using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Forwarding.Tun.Packets;

/// <summary>
/// TTL and hop limit. The kernel counts a hop when it forwards a packet into one of our interfaces, and one when it forwards it out again; the data plane
/// counts one of its own. One in all is right (docs/datapath.md, section 10), so the others are given back.
/// </summary>
internal static class HopCount
{
    /// <summary>Gives a hop back, with the checksum of an IPv4 header. A count that is at its most stays.</summary>
    internal static void GiveBack(Span<byte> frame)
    {
        EthernetFrame.TryCreate(frame, out EthernetFrame ethernet);
        if (ethernet.Type == EtherType.IPv6)
        {
            if (IPv6Packet.TryCreate(ethernet.Payload, out IPv6Packet v6) && v6.HopLimit < byte.MaxValue)
            {
                v6.HopLimit++;
            }

            return;
        }

        if (IPv4Packet.TryCreate(ethernet.Payload, out IPv4Packet v4) && v4.Ttl < byte.MaxValue)
        {
            v4.Checksum = InternetChecksum.Update(v4.Checksum, InternetChecksum.Change((ushort)(v4.Ttl << 8), (ushort)((v4.Ttl + 1) << 8)));
            v4.Ttl++;
        }
    }
}
