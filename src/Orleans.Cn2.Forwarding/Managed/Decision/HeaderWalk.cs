using System.Buffers.Binary;
using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Forwarding.Managed.Decision;

/// <summary>The piece of a datagram that a packet carries; <see cref="Is"/> is false where it carries a whole one.</summary>
/// <param name="Start">Bytes of the datagram before it.</param>
/// <param name="Length">Its own bytes.</param>
/// <param name="Front">Bytes of headers before it that the length field of the whole datagram counts too.</param>
/// <param name="More">Others follow it.</param>
internal readonly record struct Fragment(bool Is, uint Id, int Start, int Length, int Front, bool More)
{
    /// <summary>Bytes that one unit of a fragment offset stands for.</summary>
    public const int Unit = 8;

    /// <summary>The end of its bytes in the datagram.</summary>
    public int End => Start + Length;
}

/// <summary>Section 4.4: the way from the fixed IP header to the transport header past IPv4 options and IPv6 extension headers.</summary>
internal static class HeaderWalk
{
    /// <summary>No transport header of a walked packet begins behind this, from the IP header on.</summary>
    public const int MaxHeaders = IPv6Packet.HeaderLength + MaxExtensionBytes;

    private const int MaxExtensions = 8;
    private const int MaxExtensionBytes = 256;
    private const byte EndOfOptions = 0;
    private const byte NoOperation = 1;
    private const byte LooseSourceRoute = 131;
    private const byte StrictSourceRoute = 137;

    /// <summary>
    /// Leaves in the packet where its transport header is and of which protocol, or where the data of a later fragment is. Answers why it may not be a
    /// flow's, or <see cref="DropReason.None"/>.
    /// </summary>
    public static DropReason Run(Span<byte> l3, ref ParsedPacket packet, out Fragment fragment)
    {
        fragment = default;
        return !CheckLengths(l3, ref packet) ? DropReason.Malformed
            : packet.IsV6 ? WalkV6(l3[..packet.IpLength], ref packet, out fragment)
            : WalkV4(l3, packet, out fragment);
    }

    private static bool CheckLengths(Span<byte> l3, ref ParsedPacket packet)
    {
        if (packet.IsV6)
        {
            IPv6Packet.TryCreate(l3, out IPv6Packet v6);
            if (v6.PayloadLength == 0 && v6.NextHeader == IpProtocol.HopByHop)
            {
                // A jumbogram, as the kernel hands segments of more than 64 KB on.
                packet = packet with { IpLength = l3.Length };
            }

            return v6.Version == 6 && packet.IpLength <= l3.Length;
        }

        IPv4Packet.TryCreate(l3, out IPv4Packet v4);
        packet = packet with { Headers = v4.HeaderLength };
        return v4.Version == 4 && v4.HeaderLength >= IPv4Packet.MinHeaderLength
            && packet.IpLength >= v4.HeaderLength && packet.IpLength <= l3.Length;
    }

    private static DropReason WalkV4(Span<byte> l3, in ParsedPacket packet, out Fragment fragment)
    {
        IPv4Packet.TryCreate(l3, out IPv4Packet ip);
        fragment = ip.IsFragment
            ? new Fragment(
                true,
                ip.Id,
                (ip.FragmentBits & IPv4Packet.FragmentOffsetMask) * Fragment.Unit,
                packet.IpLength - packet.Headers,
                packet.Headers,
                (ip.FragmentBits & IPv4Packet.MoreFragments) != 0)
            : default;
        return ReadOptions(l3[IPv4Packet.MinHeaderLength..packet.Headers]);
    }

    private static DropReason ReadOptions(ReadOnlySpan<byte> options)
    {
        while (!options.IsEmpty)
        {
            switch (options[0])
            {
                case EndOfOptions:
                    return DropReason.None;
                case NoOperation:
                    options = options[1..];
                    break;
                case LooseSourceRoute or StrictSourceRoute:
                    return DropReason.SourceRoute;
                default:
                    if (options.Length < 2 || options[1] < 2 || options[1] > options.Length)
                    {
                        return DropReason.IpOptions;
                    }

                    options = options[options[1]..];
                    break;
            }
        }

        return DropReason.None;
    }

    private static DropReason WalkV6(Span<byte> bytes, ref ParsedPacket packet, out Fragment fragment)
    {
        fragment = default;
        bool inFragment = false;
        byte next = packet.Key.Protocol;
        int at = IPv6Packet.HeaderLength;
        for (int i = 0; i <= MaxExtensions; i++)
        {
            if (IsRefused(next) || (next == IpProtocol.HopByHop && i > 0) || (next == IpProtocol.Fragment && inFragment))
            {
                return DropReason.ExtensionHeader;
            }

            if (next is not (IpProtocol.HopByHop or IpProtocol.Routing or IpProtocol.Fragment or IpProtocol.DestinationOptions))
            {
                packet = packet with { Key = packet.Key with { Protocol = next }, Headers = at };
                return DropReason.None;
            }

            if (i == MaxExtensions)
            {
                break;
            }

            if (bytes.Length - at < Fragment.Unit)
            {
                return DropReason.Malformed;
            }

            Span<byte> header = bytes[at..];
            int size = next == IpProtocol.Fragment ? Fragment.Unit : (header[1] + 1) * Fragment.Unit;
            if (size > header.Length)
            {
                return DropReason.Malformed;
            }

            if (next == IpProtocol.Routing && header[3] != 0)
            {
                return DropReason.SourceRoute;
            }

            at += size;
            if (at > MaxHeaders)
            {
                break;
            }

            if (next == IpProtocol.Fragment)
            {
                inFragment = true;
                fragment = FragmentOf(header, at, bytes.Length);
                if (fragment.Start > 0)
                {
                    packet = packet with { Headers = at };
                    return DropReason.None;
                }
            }

            next = header[0];
        }

        return DropReason.HeaderChain;
    }

    private static Fragment FragmentOf(ReadOnlySpan<byte> header, int dataAt, int end)
    {
        ushort bits = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        int start = bits & ~7;
        bool more = (bits & 1) != 0;
        return new Fragment(
            start > 0 || more,
            BinaryPrimitives.ReadUInt32BigEndian(header[4..]),
            start,
            end - dataAt,
            dataAt - Fragment.Unit - IPv6Packet.HeaderLength,
            more);
    }

    private static bool IsRefused(byte next) => next is IpProtocol.Authentication or IpProtocol.Mobility or IpProtocol.Hip or IpProtocol.Shim6;
}
