using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Testing.Packets.Generation;

/// <summary>
/// Random ICMP errors about a flow, in both directions and from anyone, with quotes of all lengths; some say things that can't be, with a checksum that is
/// right for them.
/// </summary>
internal sealed class ErrorGenerator(Random random)
{
    /// <param name="sent">The first packet as the client sent it.</param>
    /// <param name="seen">The same as the VMI saw it.</param>
    public PacketSpec About(PacketSpec sent, PacketSpec seen)
    {
        bool toClient = random.Next(2) == 0;
        PacketSpec about = (toClient ? seen : sent.Reversed()) with
        {
            Ttl = (byte)random.Next(256),
            Id = (ushort)random.Next(65536),
            Flags = (TcpFlags)random.Next(64),
            FragmentBits = random.Next(8) == 0 ? (ushort)random.Next(65536) : IPv4Packet.DontFragment,
            IpOptions = random.Next(8) == 0 ? [.. new byte[4 * random.Next(1, 11)]] : [],
            Extensions = random.Next(12) == 0 ? [(byte)random.Next(256)] : [],
            Protocol = random.Next(20) == 0 ? (byte)random.Next(256) : sent.Protocol,
            Faults = [],
        };
        about = about.WithPayload(random.Next(8) == 0 ? random.Next(1300) : random.Next(30));
        about = about.Protocol == IpProtocol.Udp && random.Next(6) == 0 ? about.WithoutUdpChecksum() : about;
        PacketSpec error = about.Error(
            Sender(about, sent.Family).ToString(),
            (IcmpErrorKind)random.Next(4),
            random.Next(3) == 0 ? random.Next(60) : random.Next(8) == 0 ? 1300 : 8,
            (uint)random.Next(65536));
        error = error with
        {
            Ttl = (byte)(random.Next(20) == 0 ? random.Next(3) : 64),
            IcmpCode = random.Next(4) == 0 ? (byte)random.Next(256) : error.IcmpCode,
            IcmpType = random.Next(20) == 0 ? (byte)random.Next(256) : error.IcmpType,
            Destination = random.Next(20) == 0 ? sent.Source : error.Destination,
        };
        return random.Next(6) == 0 && !error.Payload.IsEmpty ? Mutated(error) : error;
    }

    private IpAddress Sender(PacketSpec about, IpFamily family) => random.Next(6) switch
    {
        0 => IpAddress.Parse(family == IpFamily.IPv4 ? "203.0.113.99" : "2001:db8::99"),
        1 => GeneratedWorld.Pod(family, random.Next(10)),
        2 => GeneratedWorld.Fip(family, random.Next(GeneratedWorld.Services)),
        _ => about.Destination,
    };

    // Before the checksum is made: the error is sound, what it quotes is not.
    private PacketSpec Mutated(PacketSpec error)
    {
        byte[] quote = [.. error.Payload];
        quote[random.Next(Math.Min(quote.Length, 60))] = (byte)random.Next(256);
        return error with { Payload = [.. quote] };
    }
}
