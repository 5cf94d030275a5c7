using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Core.Tests.Packets;

public sealed class PacketViewTests
{
    [Fact]
    public void TryCreate_OfOneByteLessThanTheHeader_IsFalse()
    {
        Assert.False(EthernetFrame.TryCreate(new byte[13], out _));
        Assert.False(IPv4Packet.TryCreate(new byte[19], out _));
        Assert.False(IPv6Packet.TryCreate(new byte[39], out _));
        Assert.False(TcpSegment.TryCreate(new byte[19], out _));
        Assert.False(UdpDatagram.TryCreate(new byte[7], out _));
        Assert.False(IcmpMessage.TryCreate(new byte[7], out _));
    }

    [Fact]
    public void IPv4_Fields_StandWhereRfc791PutsThem()
    {
        byte[] bytes = Convert.FromHexString("45001234abcd40003f06b861c0a80001c0a800c7");
        Assert.True(IPv4Packet.TryCreate(bytes, out IPv4Packet ip));

        Assert.Equal((4, 20, 0x1234, 0xabcd), (ip.Version, ip.HeaderLength, ip.TotalLength, ip.Id));
        Assert.Equal((IPv4Packet.DontFragment, 63, IpProtocol.Tcp, 0xb861), (ip.FragmentBits, ip.Ttl, ip.Protocol, ip.Checksum));
        Assert.Equal((0xc0a80001u, 0xc0a800c7u, false), (ip.Source, ip.Destination, ip.IsFragment));
        ip.FillChecksum();
        Assert.Equal(0, InternetChecksum.Of(bytes));
    }

    [Fact]
    public void Tcp_Fields_StandWhereRfc9293PutsThem()
    {
        byte[] bytes = Convert.FromHexString("9c400050010203040506070880120fa0beef0000" + "020405b4010303070000");
        Assert.True(TcpSegment.TryCreate(bytes, out TcpSegment tcp));

        Assert.Equal((40000, 80, 0x01020304u, 0x05060708u), (tcp.SourcePort, tcp.DestinationPort, tcp.Sequence, tcp.Acknowledgment));
        Assert.Equal((32, TcpFlags.Syn | TcpFlags.Ack, 4000, 0xbeef), (tcp.HeaderLength, tcp.Flags, tcp.Window, tcp.Checksum));
    }

    [Fact]
    public void IPv6_Fields_StandWhereRfc8200PutsThem()
    {
        byte[] bytes = Convert.FromHexString("600abcde00081140" + "20010db8000000000000000000000001" + "fd000000000000000000000000000002" + "0035d43100080000");
        Assert.True(IPv6Packet.TryCreate(bytes, out IPv6Packet ip));
        Assert.True(UdpDatagram.TryCreate(ip.Payload, out UdpDatagram udp));

        Assert.Equal((6, 8, IpProtocol.Udp, 64), (ip.Version, ip.PayloadLength, ip.NextHeader, ip.HopLimit));
        Assert.Equal((0x20, 0x02), (ip.Source[0], ip.Destination[15]));
        Assert.Equal((53, 54321, 8), (udp.SourcePort, udp.DestinationPort, udp.Length));
    }

    [Fact]
    public void SwapMacs_OfAFrame_SendsItBack()
    {
        byte[] bytes = Convert.FromHexString("0102030405060a0b0c0d0e0f0800");
        EthernetFrame.TryCreate(bytes, out EthernetFrame frame);

        frame.SwapMacs();

        Assert.Equal("0a0b0c0d0e0f0102030405060800", Convert.ToHexStringLower(bytes));
    }
}
