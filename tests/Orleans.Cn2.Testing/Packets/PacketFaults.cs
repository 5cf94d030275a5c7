using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Testing.Packets;

/// <summary>Breaks single things of a built frame. Offsets suppose a header without options; other checksums are left as they were.</summary>
public static class PacketFaults
{
    private const int L3 = EthernetFrame.HeaderLength;

    /// <summary>Any change of the built frame, as the last step.</summary>
    public static PacketSpec With(this PacketSpec spec, Func<byte[], byte[]> fault) => spec with { Faults = spec.Faults.Add(fault) };

    /// <summary>Sets one byte at an offset from the IP header on.</summary>
    public static PacketSpec WithL3Byte(this PacketSpec spec, int offset, byte value) => spec.With(frame =>
    {
        frame[L3 + offset] = value;
        return frame;
    });

    /// <summary>Cuts the frame to a length in bytes from the IP header on.</summary>
    public static PacketSpec Cut(this PacketSpec spec, int l3Length) => spec.With(frame => frame[..Math.Min(frame.Length, L3 + l3Length)]);

    /// <summary>Adds bytes after the packet, as Ethernet pads short frames.</summary>
    public static PacketSpec WithTrailer(this PacketSpec spec, int length) => spec.With(frame => [.. frame, .. Enumerable.Repeat((byte)0xa5, length)]);

    /// <summary>Sets IPv4 total length or IPv6 payload length.</summary>
    public static PacketSpec WithLength(this PacketSpec spec, ushort length)
    {
        int offset = spec.Source.Width == 32 ? 2 : 4;
        return spec.WithL3Byte(offset, (byte)(length >> 8)).WithL3Byte(offset + 1, (byte)length);
    }

    /// <summary>Sets one byte at an offset from the transport header on.</summary>
    public static PacketSpec WithL4Byte(this PacketSpec spec, int offset, byte value) =>
        spec.WithL3Byte((spec.Source.Width == 32 ? IPv4Packet.MinHeaderLength + spec.IpOptions.Length : IPv6Packet.HeaderLength + spec.ExtensionBytes) + offset, value);

    /// <summary>Sets the data offset of TCP in 32-bit words.</summary>
    public static PacketSpec WithDataOffset(this PacketSpec spec, int words) => spec.WithL4Byte(12, (byte)(words << 4));

    /// <summary>Sets the length field of UDP.</summary>
    public static PacketSpec WithUdpLength(this PacketSpec spec, ushort length) =>
        spec.WithL4Byte(4, (byte)(length >> 8)).WithL4Byte(5, (byte)length);

    /// <summary>A datagram that says it has no checksum.</summary>
    public static PacketSpec WithoutUdpChecksum(this PacketSpec spec) =>
        spec.WithL4Byte(UdpDatagram.ChecksumOffset, 0).WithL4Byte(UdpDatagram.ChecksumOffset + 1, 0);
}
