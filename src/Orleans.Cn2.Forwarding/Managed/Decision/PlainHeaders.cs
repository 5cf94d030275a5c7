using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Flows;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>
/// The shape that nearly every packet has: TCP or UDP right behind an IP header without options or extension headers. It is read and rewritten at fixed
/// offsets; lengths are compared once and not at each field. What section 4.1 takes is what <see cref="ReadKey"/> takes; whatever else is left to
/// <see cref="Parse"/> and <see cref="HeaderWalk"/>. "Headers" are the bytes of the IP header: 20, 40, or 0 for another shape.
/// </summary>
internal static class PlainHeaders
{
    private const int TypeAt = 12;
    private const byte VersionAndLengthV4 = 0x45;
    private const int VersionV6 = 6;
    private const int FragmentAt = 6;
    private const int TtlAt = 8;
    private const int ProtocolAt = 9;
    private const int SourceV4At = 12;
    private const int DestinationV4At = 16;
    private const int NextHeaderAt = 6;
    private const int HopLimitAt = 7;
    private const int SequenceAt = 4;
    private const int AcknowledgementAt = 8;
    private const int TcpFlagsAt = 13;
    private const int DestinationPortAt = 2;

    /// <summary>Section 4.1: reads the tuple and answers the headers; 0: the frame has another shape, and the key says nothing.</summary>
    /// <param name="frame">First byte of the frame; nothing behind its length is read.</param>
    /// <param name="length">Bytes of the frame.</param>
    /// <param name="key">The tuple.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ReadKey(ref byte frame, int length, out FlowKey key)
    {
        Unsafe.SkipInit(out key);
        if (length < EthernetFrame.HeaderLength + IPv4Packet.MinHeaderLength)
        {
            return 0;
        }

        ref byte ip = ref Unsafe.Add(ref frame, EthernetFrame.HeaderLength);
        ushort type = U16(ref frame, TypeAt);
        if (type == EtherType.IPv4)
        {
            byte protocol = Unsafe.Add(ref ip, ProtocolAt);
            if (ip != VersionAndLengthV4 || (U16(ref ip, FragmentAt) & (IPv4Packet.MoreFragments | IPv4Packet.FragmentOffsetMask)) != 0
                || !HasTransport(protocol, length - EthernetFrame.HeaderLength - IPv4Packet.MinHeaderLength))
            {
                return 0;
            }

            key = new FlowKey(
                MappedAddress.OfV4(U32(ref ip, SourceV4At)), MappedAddress.OfV4(U32(ref ip, DestinationV4At)),
                U32(ref ip, IPv4Packet.MinHeaderLength), protocol);
            return IPv4Packet.MinHeaderLength;
        }

        if (type == EtherType.IPv6 && length >= EthernetFrame.HeaderLength + IPv6Packet.HeaderLength)
        {
            byte protocol = Unsafe.Add(ref ip, NextHeaderAt);
            if (ip >> 4 != VersionV6 || !HasTransport(protocol, length - EthernetFrame.HeaderLength - IPv6Packet.HeaderLength))
            {
                return 0;
            }

            key = new FlowKey(
                MappedAddress.OfV6(Bytes(ref ip, IPv6Packet.SourceOffset, IPv6Packet.AddressLength)),
                MappedAddress.OfV6(Bytes(ref ip, IPv6Packet.DestinationOffset, IPv6Packet.AddressLength)),
                U32(ref ip, IPv6Packet.HeaderLength), protocol);
            return IPv6Packet.HeaderLength;
        }

        return 0;
    }

    /// <summary>TTL or hop limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte Ttl(ref byte frame, int headers) =>
        Unsafe.Add(ref frame, EthernetFrame.HeaderLength + (headers == IPv6Packet.HeaderLength ? HopLimitAt : TtlAt));

    /// <summary>The control bits of a TCP segment, none of anything else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TcpFlags Flags(ref byte frame, int headers, byte protocol) =>
        protocol == IpProtocol.Tcp ? (TcpFlags)Unsafe.Add(ref frame, EthernetFrame.HeaderLength + headers + TcpFlagsAt) : TcpFlags.None;

    /// <summary>The acknowledgement number of a TCP segment, 0 of anything else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Mark(ref byte frame, int headers, byte protocol) =>
        protocol == IpProtocol.Tcp ? U32(ref frame, EthernetFrame.HeaderLength + headers + AcknowledgementAt) : 0;

    /// <summary>The sequence number of a TCP segment, 0 of anything else.</summary>
    public static uint Sequence(ref byte frame, int headers, byte protocol) =>
        protocol == IpProtocol.Tcp ? U32(ref frame, EthernetFrame.HeaderLength + headers + SequenceAt) : 0;

    /// <summary>
    /// Section 5: what <see cref="Translate.Run"/> does, of a packet of this shape whose checksum no device is to complete and that does not go to the stack.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Rewrite(ref byte frame, int headers, byte protocol, in FlowEntry to, in Way way)
    {
        ref byte ip = ref Unsafe.Add(ref frame, EthernetFrame.HeaderLength);
        if (headers == IPv6Packet.HeaderLength)
        {
            to.Source.Write(Bytes(ref ip, IPv6Packet.SourceOffset, IPv6Packet.AddressLength));
            to.Destination.Write(Bytes(ref ip, IPv6Packet.DestinationOffset, IPv6Packet.AddressLength));
            Unsafe.Add(ref ip, HopLimitAt) -= 1;
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(Bytes(ref ip, SourceV4At, sizeof(uint)), to.Source.V4);
            BinaryPrimitives.WriteUInt32BigEndian(Bytes(ref ip, DestinationV4At, sizeof(uint)), to.Destination.V4);
            Unsafe.Add(ref ip, TtlAt) -= 1;
            ref ushort checksum = ref Word(ref ip, IPv4Packet.ChecksumOffset);
            checksum = to.Change.OfHeader(checksum);
        }

        ref byte transport = ref Unsafe.Add(ref ip, headers);
        BinaryPrimitives.WriteUInt32BigEndian(Bytes(ref transport, 0, sizeof(uint)), to.Ports);
        if (protocol == IpProtocol.Tcp)
        {
            ref ushort checksum = ref Word(ref transport, TcpSegment.ChecksumOffset);
            checksum = to.Change.OfTcp(checksum);
        }
        else
        {
            ref ushort checksum = ref Word(ref transport, UdpDatagram.ChecksumOffset);
            checksum = to.Change.OfUdp(checksum);
        }

        if (way.HasMacs)
        {
            way.Macs.Write(Bytes(ref frame, 0, 2 * EthernetFrame.MacLength));
        }
    }

    // SCTP is walked, plain or not: in the kernel its CRC would be a third of the program that every packet goes through.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool HasTransport(byte protocol, int length) =>
        protocol == IpProtocol.Tcp ? length >= TcpSegment.MinHeaderLength : protocol == IpProtocol.Udp && length >= UdpDatagram.HeaderLength;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort U16(ref byte header, int at) => BinaryPrimitives.ReadUInt16BigEndian(Bytes(ref header, at, sizeof(ushort)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint U32(ref byte header, int at) => BinaryPrimitives.ReadUInt32BigEndian(Bytes(ref header, at, sizeof(uint)));

    /// <summary>Two bytes as they lie.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref ushort Word(ref byte header, int at) => ref Unsafe.As<byte, ushort>(ref Unsafe.Add(ref header, at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Span<byte> Bytes(ref byte header, int at, int count) => MemoryMarshal.CreateSpan(ref Unsafe.Add(ref header, at), count);
}
