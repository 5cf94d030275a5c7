namespace Orleans.Cn2.Forwarding;

/// <summary>What becomes of a packet (docs/datapath.md, section 8). The numbers are shared with the BPF programs.</summary>
public enum Verdict : byte
{
    /// <summary>Not ours: goes on untouched.</summary>
    Pass = 0,

    /// <summary>Dropped with a <see cref="DropReason"/>.</summary>
    Drop = 1,

    /// <summary>Translated and handed to the node's stack.</summary>
    Stack = 2,

    /// <summary>Translated and moved into the namespace of a local pod.</summary>
    Peer = 3,

    /// <summary>Translated and sent to a neighbour through an interface.</summary>
    Neighbour = 4,

    /// <summary>Translated and sent out of an interface with known MACs.</summary>
    Redirect = 5,

    /// <summary>Translated and handed to the node's own processes through <c>cn2s0</c>.</summary>
    NodeIngress = 6,

    /// <summary>Answered by RST or ICMP unreachable.</summary>
    Reject = 7,

    /// <summary>An echo request to a FloatingIP, answered.</summary>
    Echo = 8,

    /// <summary>A fragment ahead of the first of its datagram: held aside and offered again.</summary>
    Hold = 9,
}
