using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Tun.Packets;

namespace Orleans.Cn2.Forwarding.Tun.Tests;

public sealed class HopCountTests
{
    [Theory]
    [InlineData(1, 2)]
    [InlineData(63, 64)]
    [InlineData(255, 255)]
    public void GiveBack_IPv4_CountsUpAndKeepsTheChecksumRight(byte ttl, byte expected)
    {
        byte[] frame = new byte[EthernetFrame.HeaderLength + IPv4Packet.MinHeaderLength];
        EthernetFrame.TryCreate(frame, out EthernetFrame ethernet);
        ethernet.Type = EtherType.IPv4;
        IPv4Packet.TryCreate(ethernet.Payload, out IPv4Packet ip);
        (ip.VersionAndLength, ip.Ttl, ip.Source, ip.Destination) = (0x45, ttl, 0x0a000001, 0x0a000002);
        ip.FillChecksum();

        HopCount.GiveBack(frame);

        Assert.Equal(expected, ip.Ttl);
        Assert.Equal(0, InternetChecksum.Of(ip.Bytes[..IPv4Packet.MinHeaderLength]));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(255, 255)]
    public void GiveBack_IPv6_CountsUp(byte limit, byte expected)
    {
        byte[] frame = new byte[EthernetFrame.HeaderLength + IPv6Packet.HeaderLength];
        EthernetFrame.TryCreate(frame, out EthernetFrame ethernet);
        ethernet.Type = EtherType.IPv6;
        IPv6Packet.TryCreate(ethernet.Payload, out IPv6Packet ip);
        ip.HopLimit = limit;

        HopCount.GiveBack(frame);

        Assert.Equal(expected, ip.HopLimit);
    }
}
