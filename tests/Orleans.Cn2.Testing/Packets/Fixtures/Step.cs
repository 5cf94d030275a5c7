using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>Short forms of what fixtures write again and again.</summary>
internal static class Step
{
    public static SendStep Drop(int from, PacketSpec packet, DropReason reason) =>
        new(PacketHook.Ingress, from, packet, Verdict.Drop, reason, 0, false, null);

    public static SendStep Pass(int at, PacketSpec packet, PacketHook hook = PacketHook.Ingress) =>
        new(hook, at, packet, Verdict.Pass, DropReason.None, 0, false, null);

    public static SendStep Forward(int from, PacketSpec packet, Verdict verdict, int target, PacketSpec result, bool isNew = false) =>
        new(PacketHook.Ingress, from, packet, verdict, DropReason.None, target, isNew, result);

    public static AgeStep Age(double seconds) => new(TimeSpan.FromSeconds(seconds));

    public static SendStep AtEgress(int at, PacketSpec packet, PacketSpec result) =>
        new(PacketHook.Egress, at, packet, Verdict.Stack, DropReason.None, 0, false, result);

    public static SendStep Reject(int from, PacketSpec packet, DropReason reason, PacketSpec answer, int target = 0) =>
        new(PacketHook.Ingress, from, packet, Verdict.Reject, reason, target == 0 ? from : target, false, answer);

    public static PacketSpec To(this PacketSpec packet, string endpoint)
    {
        (Core.Addressing.IpAddress address, ushort port) = Packet.Endpoint(endpoint);
        return packet with { Destination = address, DestinationPort = port };
    }

    public static PacketSpec From(this PacketSpec packet, string endpoint)
    {
        (Core.Addressing.IpAddress address, ushort port) = Packet.Endpoint(endpoint);
        return packet with { Source = address, SourcePort = port };
    }

    public static PacketSpec Hop(this PacketSpec packet) => packet with { Ttl = (byte)(packet.Ttl - 1) };

    public static PacketSpec Via(this PacketSpec packet, LinkAddresses macs)
    {
        byte[] bytes = new byte[12];
        macs.Write(bytes);
        return packet.WithMacs([.. bytes[6..]], [.. bytes[..6]]);
    }

    /// <summary>To the client of a frame with the default MACs.</summary>
    public static PacketSpec ViaClient(this PacketSpec packet) => packet.WithMacs(PacketSpec.DefaultDestinationMac, PacketSpec.DefaultSourceMac);

    /// <summary>The RST that answers a TCP packet.</summary>
    public static PacketSpec Rst(this PacketSpec packet)
    {
        bool ack = packet.Flags.HasFlag(TcpFlags.Ack);
        uint length = (uint)packet.Payload.Length + (packet.Flags.HasFlag(TcpFlags.Syn) ? 1u : 0) + (packet.Flags.HasFlag(TcpFlags.Fin) ? 1u : 0);
        return Answer(packet) with
        {
            Flags = ack ? TcpFlags.Rst : TcpFlags.Rst | TcpFlags.Ack,
            Sequence = ack ? packet.Acknowledgment : 0,
            Acknowledgment = ack ? 0 : packet.Sequence + length,
            Window = 0,
            Payload = [],
            TcpOptions = [],
        };
    }

    /// <summary>The ICMP error by which a FloatingIP refuses any other packet: it quotes the IP header, what follows it up to the transport, and of that 8 bytes, of TCP 20.</summary>
    public static PacketSpec Unreachable(this PacketSpec packet) => Told(packet, packet.Destination.ToString(), IcmpErrorKind.PortUnreachable, 0);

    /// <summary>The ICMP error by which the node says that the hops are used up.</summary>
    public static PacketSpec TimeExceeded(this PacketSpec packet, string node) => Told(packet, node, IcmpErrorKind.TimeExceeded, 0);

    /// <summary>The ICMP error by which the node says what its next interface carries.</summary>
    public static PacketSpec TooBig(this PacketSpec packet, string node, uint mtu) => Told(packet, node, IcmpErrorKind.TooBig, mtu);

    private static PacketSpec Told(PacketSpec packet, string sender, IcmpErrorKind kind, uint mtu)
    {
        TransportPlace place = TransportPlace.Of(packet.Build().AsSpan(EthernetFrame.HeaderLength), packet.Source.Width == 32);
        int transport = place.Protocol == IpProtocol.Tcp ? TcpSegment.MinHeaderLength : 8;
        PacketSpec error = packet.Error(sender, kind, transport, mtu);
        int quote = transport + place.Offset;
        return error with
        {
            SourceMac = packet.DestinationMac,
            DestinationMac = packet.SourceMac,
            Id = 0,
            FragmentBits = IPv4Packet.DontFragment,
            Payload = [.. error.Payload, .. new byte[quote - error.Payload.Length]],
        };
    }

    private static PacketSpec Answer(PacketSpec packet) =>
        packet.Reversed() with { Ttl = 64, Id = 0, FragmentBits = IPv4Packet.DontFragment, Faults = [], IpOptions = [], Extensions = [] };
}
