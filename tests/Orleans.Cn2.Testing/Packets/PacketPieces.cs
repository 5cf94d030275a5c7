using System.Buffers.Binary;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Testing.Packets;

/// <summary>Fragments of what a <see cref="PacketSpec"/> builds.</summary>
public static class PacketPieces
{
    /// <summary>
    /// Makes the packet one piece of itself: bytes from <paramref name="start"/> (a multiple of 8) up to <paramref name="end"/> of its fragmentable part.
    /// An IPv6 fragment header comes after all extension headers, or before them when they are <paramref name="inside"/>.
    /// </summary>
    public static PacketSpec Piece(this PacketSpec spec, int start, int end, bool more, uint id = 0x1234_5678, bool inside = false)
    {
        ArgumentNullException.ThrowIfNull(spec);
        int extensions = inside ? 0 : spec.ExtensionBytes;
        return spec.Family == IpFamily.IPv4
            ? spec.With(frame => PieceV4(frame, start, end, more, (ushort)id))
            : spec.With(frame => PieceV6(frame, IPv6Packet.HeaderLength + extensions, extensions > 0, start, end, more, id));
    }

    private static byte[] PieceV4(byte[] frame, int start, int end, bool more, ushort id)
    {
        IPv4Packet.TryCreate(frame.AsSpan(EthernetFrame.HeaderLength), out IPv4Packet whole);
        int data = EthernetFrame.HeaderLength + whole.HeaderLength;
        byte[] piece = [.. frame[..data], .. Data(frame, data, start, end)];
        IPv4Packet.TryCreate(piece.AsSpan(EthernetFrame.HeaderLength), out IPv4Packet ip);
        ip.TotalLength = (ushort)(piece.Length - EthernetFrame.HeaderLength);
        ip.Id = id;
        ip.FragmentBits = (ushort)((more ? IPv4Packet.MoreFragments : 0) | (start / 8));
        ip.FillChecksum();
        return piece;
    }

    private static byte[] PieceV6(byte[] frame, int front, bool behindExtension, int start, int end, bool more, uint id)
    {
        const int header = 8;
        int data = EthernetFrame.HeaderLength + front;
        byte[] piece = [.. frame[..data], .. new byte[header], .. Data(frame, data, start, end)];
        IPv6Packet.TryCreate(piece.AsSpan(EthernetFrame.HeaderLength), out IPv6Packet ip);
        ip.PayloadLength = (ushort)(piece.Length - EthernetFrame.HeaderLength - IPv6Packet.HeaderLength);
        Span<byte> fragment = piece.AsSpan(data, header);
        ref byte next = ref piece[behindExtension ? LastExtension(piece, data) : EthernetFrame.HeaderLength + 6];
        (fragment[0], next) = (next, IpProtocol.Fragment);
        BinaryPrimitives.WriteUInt16BigEndian(fragment[2..], (ushort)(start | (more ? 1 : 0)));
        BinaryPrimitives.WriteUInt32BigEndian(fragment[4..], id);
        return piece;
    }

    private static int LastExtension(byte[] frame, int end)
    {
        int at = EthernetFrame.HeaderLength + IPv6Packet.HeaderLength;
        while (at + ((frame[at + 1] + 1) * 8) < end)
        {
            at += (frame[at + 1] + 1) * 8;
        }

        return at;
    }

    // Beyond the packet's end a piece is zeros: what a sender claims to be there.
    private static byte[] Data(byte[] frame, int at, int start, int end)
    {
        byte[] bytes = new byte[end - start];
        int held = Math.Clamp(frame.Length - at - start, 0, bytes.Length);
        frame.AsSpan(frame.Length - Math.Max(0, frame.Length - at - start), held).CopyTo(bytes);
        return bytes;
    }
}
