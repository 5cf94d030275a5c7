using System.Buffers.Binary;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Testing.Packets;

namespace Orleans.Cn2.Bench.Datapath.Traffic;

/// <summary>Small frames of the measurements: 80 bytes, UDP.</summary>
internal static class Frames
{
    public const int Length = 80;
    private const int SourcePortV4 = 34;
    private const int SourcePortV6 = 54;

    /// <summary>A frame whose payload begins with a zero word, see <see cref="FrameGenerator"/>.</summary>
    public static byte[] Udp(IpAddress source, IpAddress destination, ushort destinationPort, ushort sourcePort = 0, byte[]? destinationMac = null) => new PacketSpec
    {
        Source = source,
        Destination = destination,
        Protocol = IpProtocol.Udp,
        SourcePort = sourcePort,
        DestinationPort = destinationPort,
        Ttl = 255,
        DestinationMac = destinationMac is null ? PacketSpec.DefaultDestinationMac : [.. destinationMac],
        Payload = [.. new byte[Length - 14 - (source.Family == IpFamily.IPv4 ? 20 : 40) - 8]],
    }.Build();

    /// <summary>Changes the source port; the checksum is left as it is.</summary>
    public static void SetSourcePort(Span<byte> frame, IpFamily family, ushort port) =>
        BinaryPrimitives.WriteUInt16BigEndian(frame[PortOf(family)..], port);

    /// <summary>Changes the destination port; the checksum is left as it is.</summary>
    public static void SetDestinationPort(Span<byte> frame, IpFamily family, ushort port) =>
        BinaryPrimitives.WriteUInt16BigEndian(frame[(PortOf(family) + 2)..], port);

    private static int PortOf(IpFamily family) => family == IpFamily.IPv4 ? SourcePortV4 : SourcePortV6;
}
