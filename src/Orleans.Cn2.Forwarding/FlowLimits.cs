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

    /// <summary>CLOSE: the last packet of a side was an RST; of SCTP an ABORT or SHUTDOWN COMPLETE.</summary>
    public TimeSpan Rst { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>UDP without an answer.</summary>
    public TimeSpan UdpUnanswered { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>UDP that was answered.</summary>
    public TimeSpan Udp { get; init; } = TimeSpan.FromSeconds(120);

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
    /// <param name="closedSides">How many sides sent FIN, or of SCTP a SHUTDOWN: 0 to 2.</param>
    /// <param name="reset">True when the last packet of a side was an RST, or of SCTP an ABORT or SHUTDOWN COMPLETE.</param>
    public TimeSpan Of(byte protocol, bool established, bool answered, int closedSides, bool reset) =>
        protocol == IpProtocol.Udp ? established ? Udp : UdpUnanswered
        : reset ? Rst
        : protocol == IpProtocol.Sctp ? !established ? SctpHandshake : closedSides > 0 ? SctpShutdown : Sctp
        : !established ? answered ? TcpHandshake : TcpUnanswered
        : closedSides switch
        {
            0 => Tcp,
            1 => OneFin,
            _ => BothFin,
        };
}
