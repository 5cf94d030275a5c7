using System.Text;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Flows;

namespace Orleans.Cn2.Forwarding.Managed.Simulation;

/// <summary>Where a TCP connection stands (RFC 9293 3.3.2; nothing is lost here, so the waiting states have no timers).</summary>
internal enum SocketState
{
    SynSent,
    SynReceived,
    Established,

    /// <summary>Our FIN is sent.</summary>
    FinWait,
    Closed,
    Refused,
}

/// <summary>One side of a connection: a client sends one request, a server one answer after it, each then closes.</summary>
/// <param name="tuple">As this side sends.</param>
/// <param name="message">What this side has to say.</param>
internal sealed class SimulatedSocket(FlowKey tuple, byte[] message, uint firstSequence)
{
    private uint _next = firstSequence;
    private uint _expected;

    public SocketState State { get; private set; }

    /// <summary>What the other side said.</summary>
    public string Received { get; private set; } = "";

    /// <summary>A client's SYN.</summary>
    public SimulatedSegment Connect()
    {
        State = SocketState.SynSent;
        return Say(TcpFlags.Syn, []);
    }

    /// <summary>A server's answer to a SYN.</summary>
    public SimulatedSegment Accept(in SimulatedSegment syn)
    {
        State = SocketState.SynReceived;
        _expected = syn.Sequence + 1;
        return Say(TcpFlags.Syn | TcpFlags.Ack, []);
    }

    /// <summary>Takes a segment of the connection and answers with what is to be sent, if anything.</summary>
    public SimulatedSegment? On(in SimulatedSegment segment)
    {
        if ((segment.Flags & TcpFlags.Rst) != 0)
        {
            State = SocketState.Refused;
            return null;
        }

        if (State == SocketState.SynSent)
        {
            if (segment.Flags != (TcpFlags.Syn | TcpFlags.Ack) || segment.Acknowledgment != _next)
            {
                return null;
            }

            _expected = segment.Sequence + 1;
            State = SocketState.Established;
            return Say(TcpFlags.Ack | TcpFlags.Psh, message);
        }

        // In order and acknowledging what was sent: without loss anything else is not for this connection.
        if (segment.Sequence != _expected || segment.Acknowledgment != _next || (segment.Flags & TcpFlags.Ack) == 0)
        {
            return null;
        }

        bool fin = (segment.Flags & TcpFlags.Fin) != 0;
        _expected += (uint)segment.Payload.Length + (fin ? 1u : 0);
        Received += Encoding.UTF8.GetString(segment.Payload);
        return Advance(segment.Payload.Length > 0, fin);
    }

    private SimulatedSegment? Advance(bool data, bool fin)
    {
        switch (State)
        {
            case SocketState.SynReceived when data:
                State = SocketState.FinWait;
                return Say(TcpFlags.Ack | TcpFlags.Psh | TcpFlags.Fin, message);
            case SocketState.Established when fin:
                State = SocketState.FinWait;
                return Say(TcpFlags.Ack | TcpFlags.Fin, []);
            case SocketState.FinWait when fin:
                State = SocketState.Closed;
                return Say(TcpFlags.Ack, []);
            case SocketState.FinWait:
                State = SocketState.Closed;
                return null;
            default:
                return null;
        }
    }

    private SimulatedSegment Say(TcpFlags flags, byte[] payload)
    {
        SimulatedSegment segment = new(tuple, flags, _next, (flags & TcpFlags.Ack) != 0 ? _expected : 0, payload);
        _next += (uint)payload.Length + ((flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 ? 1u : 0);
        return segment;
    }
}
