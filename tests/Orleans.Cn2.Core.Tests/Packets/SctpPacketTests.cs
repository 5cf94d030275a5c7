using CsCheck;
using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Core.Tests.Packets;

public sealed class SctpPacketTests
{
    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("313233343536373839", 0xe3069283u)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", 0x8a9136aau)]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 0x62a8ab43u)]
    public void Crc32C_OfKnownBytes_IsThatOfRfc3720(string hex, uint expected) => Assert.Equal(expected, Crc32C.Of(Convert.FromHexString(hex)));

    [Fact]
    public void ChangePorts_OfAnyPacket_GivesTheChecksumThatTheWholeWouldHave() =>
        Gen.Select(Gen.Byte.Array[SctpPacket.LeastLength, 3_000], Gen.UShort, Gen.UShort).Sample((bytes, source, destination) =>
        {
            SctpPacket.TryCreate(bytes, out SctpPacket packet);
            packet.Checksum = 0;
            packet.Checksum = Crc32C.Of(bytes);

            packet.ChangePorts(source, destination, bytes.Length);

            uint told = packet.Checksum;
            packet.Checksum = 0;
            return (packet.SourcePort, packet.DestinationPort, told) == (source, destination, Crc32C.Of(bytes));
        });

    [Fact]
    public void TryCreate_OfFewerBytesThanAHeaderAndAChunk_IsFalse()
    {
        Assert.False(SctpPacket.TryCreate(new byte[SctpPacket.LeastLength - 1], out _));
        Assert.True(SctpPacket.TryCreate(new byte[SctpPacket.LeastLength], out _));
    }

    [Fact]
    public void Fields_AreReadWhereTheyLie()
    {
        SctpPacket.TryCreate(Convert.FromHexString("1f90" + "0050" + "01020304" + "78563412" + "0e" + "00" + "0014"), out SctpPacket packet);

        Assert.Equal((8080, 80, 0x01020304u), (packet.SourcePort, packet.DestinationPort, packet.VerificationTag));
        Assert.Equal((0x12345678u, SctpChunkType.ShutdownComplete, 20), (packet.Checksum, packet.FirstChunk, packet.FirstChunkLength));
    }
}
