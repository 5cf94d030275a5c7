using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Testing.Packets;

/// <summary>What an ICMP error says, the same thing in both families.</summary>
public enum IcmpErrorKind
{
    PortUnreachable,
    TooBig,
    TimeExceeded,
    ParameterProblem,
}

/// <summary>Makes ICMP and ICMPv6 errors about packets.</summary>
public static class IcmpErrors
{
    /// <summary>The MTU that errors of <see cref="IcmpErrorKind.TooBig"/> tell.</summary>
    public const uint Mtu = 1280;

    /// <summary>An error that <paramref name="sender"/> sends to the source of a packet, quoting its IP header and some bytes behind it.</summary>
    public static PacketSpec Error(this PacketSpec about, string sender, IcmpErrorKind kind, int transport = 8, uint mtu = Mtu)
    {
        ArgumentNullException.ThrowIfNull(about);
        bool v4 = about.Family == IpFamily.IPv4;
        byte[] l3 = about.Build()[EthernetFrame.HeaderLength..];
        int header = TransportPlace.Of(l3, v4).Offset;
        (byte type, byte code) = TypeOf(kind, v4);
        return new PacketSpec
        {
            Source = IpAddress.Parse(sender),
            Destination = about.Source,
            Protocol = v4 ? IpProtocol.Icmp : IpProtocol.IcmpV6,
            IcmpType = type,
            IcmpCode = code,
            IcmpRest = kind == IcmpErrorKind.TooBig ? mtu : 0,
            FragmentBits = 0,
            Payload = ImmutableArray.Create(l3.AsSpan(0, Math.Min(l3.Length, header + transport))),
        };
    }

    private static (byte Type, byte Code) TypeOf(IcmpErrorKind kind, bool v4) => kind switch
    {
        IcmpErrorKind.PortUnreachable => v4
            ? (IcmpMessage.Unreachable, IcmpMessage.PortUnreachable) : (IcmpMessage.UnreachableV6, IcmpMessage.PortUnreachableV6),
        IcmpErrorKind.TooBig => v4 ? (IcmpMessage.Unreachable, IcmpMessage.FragmentationNeeded) : (IcmpMessage.PacketTooBigV6, (byte)0),
        IcmpErrorKind.TimeExceeded => (v4 ? IcmpMessage.TimeExceeded : IcmpMessage.TimeExceededV6, 0),
        _ => (v4 ? IcmpMessage.ParameterProblem : IcmpMessage.ParameterProblemV6, 0),
    };
}
