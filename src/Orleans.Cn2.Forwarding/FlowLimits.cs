using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Forwarding;

/// <summary>
/// After how long without a packet a flow ends (docs/datapath.md, section 3). The defaults are those of nf_conntrack; the state of the kernel that
/// each stands for is named.
/// </summary>
public sealed record FlowLimits
{
    /// <summary>SYN_SENT.</summary>
    public TimeSpan TcpUnanswered { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>SYN_RECV: answered, but not established.</summary>
    public TimeSpan TcpHandshake { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>ESTABLISHED: five days.</summary>
    public TimeSpan Tcp { get; init; } = TimeSpan.FromSeconds(432_000);

    /// <summary>FIN_WAIT: one side has closed.</summary>
    public TimeSpan OneFin { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>TIME_WAIT: both sides have closed.</summary>
    public TimeSpan BothFin { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>CLOSE: the last packet of a side was an RST of its own (<see cref="SeenReset.Proven"/>).</summary>
    public TimeSpan Rst { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The last packet of a side was an RST that anybody may have sent: the least that RFC 5382 (REQ-5) allows an established connection. It is no shorter
    /// because the RST may be forged, and no longer because it may not: what a sender had under way isn't acknowledged yet when it gives up.
    /// </summary>
    public TimeSpan UnprovenRst { get; init; } = TimeSpan.FromSeconds(7_440);

    /// <summary>UDP, answered or not (nf_conntrack_udp_timeout).</summary>
    public TimeSpan Udp { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>UDP that was answered and went on for two seconds or more (nf_conntrack_udp_timeout_stream).</summary>
    public TimeSpan UdpStream { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>COOKIE_WAIT and COOKIE_ECHOED.</summary>
    public TimeSpan SctpHandshake { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>ESTABLISHED: an association's heartbeats come more often.</summary>
    public TimeSpan Sctp { get; init; } = TimeSpan.FromSeconds(210);

    /// <summary>SHUTDOWN_SENT, SHUTDOWN_RECD and SHUTDOWN_ACK_SENT.</summary>
    public TimeSpan SctpShutdown { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a flow in a given state may be idle.</summary>
    /// <param name="protocol">IP protocol number.</param>
    /// <param name="established">False while it can be evicted.</param>
    /// <param name="answered">True when a reply was seen.</param>
    /// <param name="stream">True of UDP that went on for two seconds or more.</param>
    /// <param name="closedSides">How many sides sent FIN, or of SCTP a SHUTDOWN: 0 to 2.</param>
    /// <param name="reset">What the last packets of both sides were.</param>
    public TimeSpan Of(byte protocol, bool established, bool answered, bool stream, int closedSides, SeenReset reset) =>
        protocol == IpProtocol.Udp ? established && stream ? UdpStream : Udp
        : reset == SeenReset.Proven ? Rst
        : protocol == IpProtocol.Sctp ? !established ? SctpHandshake : closedSides > 0 ? SctpShutdown : Sctp
        : !established ? answered ? TcpHandshake : TcpUnanswered
        : closedSides switch
        {
            0 => reset == SeenReset.Unproven && UnprovenRst < Tcp ? UnprovenRst : Tcp,
            1 => OneFin,
            _ => BothFin,
        };
}
