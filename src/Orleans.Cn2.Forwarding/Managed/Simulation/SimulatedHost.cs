using System.Text;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed.Flows;

namespace Orleans.Cn2.Forwarding.Managed.Simulation;

/// <summary>Sockets of a pod, of a node's own processes or of the client outside. A server answers with its name and the peer that it sees.</summary>
/// <param name="send">Hands a segment to the network.</param>
internal sealed class SimulatedHost(Action<SimulatedSegment> send)
{
    private const uint ClientSequence = 1_000_000;
    private const uint ServerSequence = 2_000_000;
    private const string AnswerLine = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";

    private readonly Dictionary<FlowKey, SimulatedSocket> _sockets = [];
    private readonly Dictionary<(byte, ushort), string> _listeners = [];
    private FlowKey _asking;
    private string? _datagram;

    /// <summary>Frames that came with a wrong length or checksum.</summary>
    public int Corrupt { get; private set; }

    /// <summary>True once the request was answered by ICMP "port unreachable".</summary>
    public bool Unreachable { get; private set; }

    /// <summary>Replaces what is listened on: the name of the pod by protocol and port.</summary>
    public void Listen(IEnumerable<SimulatedPod> pods)
    {
        _listeners.Clear();
        foreach (SimulatedPod pod in pods)
        {
            foreach (SimulatedPort port in pod.Ports)
            {
                _listeners[((byte)port.Protocol, port.Port)] = pod.Name;
            }
        }
    }

    /// <summary>Begins a request.</summary>
    public void Ask(FlowKey tuple)
    {
        (_asking, _datagram, Unreachable) = (tuple, null, false);
        byte[] request = Encoding.UTF8.GetBytes($"GET / HTTP/1.1\r\nHost: {tuple.Destination.ToIpAddress()}\r\n\r\n");
        if (tuple.Protocol == IpProtocol.Udp)
        {
            send(new SimulatedSegment(tuple, TcpFlags.None, 0, 0, request));
            return;
        }

        SimulatedSocket socket = new(tuple, request, ClientSequence);
        _sockets[tuple] = socket;
        send(socket.Connect());
    }

    /// <summary>Ends the request: the text of the answer, or why there is none.</summary>
    public (string? Answer, string? Failure) Finish()
    {
        if (Unreachable)
        {
            return (null, "port unreachable");
        }

        if (_asking.Protocol == IpProtocol.Udp)
        {
            return _datagram is null ? (null, "no answer") : (_datagram, null);
        }

        _sockets.Remove(_asking, out SimulatedSocket? socket);
        return socket!.State switch
        {
            SocketState.Refused => (null, "connection refused"),
            SocketState.Closed when socket.Received.StartsWith(AnswerLine, StringComparison.Ordinal) => (socket.Received[AnswerLine.Length..], null),
            SocketState.SynSent => (null, "no answer"),
            _ => (null, $"connection stuck in state {socket.State}"),
        };
    }

    /// <summary>A frame arrives.</summary>
    public void Receive(Span<byte> frame)
    {
        if (!SimulatedFrame.TryRead(frame, out SimulatedSegment segment))
        {
            bool unreachable = SimulatedFrame.IsUnreachable(frame);
            Unreachable |= unreachable;
            Corrupt += unreachable ? 0 : 1;
            return;
        }

        FlowKey local = new(
            segment.Tuple.Destination, segment.Tuple.Source, segment.Tuple.DestinationPort, segment.Tuple.SourcePort, segment.Tuple.Protocol);
        if (local.Protocol == IpProtocol.Udp)
        {
            OnDatagram(local, segment);
        }
        else
        {
            OnSegment(local, segment);
        }
    }

    private void OnDatagram(in FlowKey local, in SimulatedSegment datagram)
    {
        if (local == _asking)
        {
            _datagram = Encoding.UTF8.GetString(datagram.Payload);
        }
        else if (_listeners.TryGetValue((local.Protocol, local.SourcePort), out string? name))
        {
            send(new SimulatedSegment(local, TcpFlags.None, 0, 0, Answer(name, local)));
        }
    }

    private void OnSegment(in FlowKey local, in SimulatedSegment segment)
    {
        bool syn = segment.Flags == TcpFlags.Syn;
        if (!syn && _sockets.TryGetValue(local, out SimulatedSocket? socket))
        {
            if (socket.On(segment) is { } next)
            {
                send(next);
            }

            if (socket.State == SocketState.Closed && local != _asking)
            {
                _sockets.Remove(local);
            }
        }
        else if (syn && _listeners.TryGetValue((local.Protocol, local.SourcePort), out string? name))
        {
            byte[] answer = [.. Encoding.UTF8.GetBytes(AnswerLine), .. Answer(name, local)];
            SimulatedSocket server = new(local, answer, ServerSequence);
            _sockets[local] = server;
            send(server.Accept(segment));
        }
        else if ((segment.Flags & TcpFlags.Rst) == 0)
        {
            // RFC 9293 3.10.7.1.
            bool ack = (segment.Flags & TcpFlags.Ack) != 0;
            send(ack
                ? new SimulatedSegment(local, TcpFlags.Rst, segment.Acknowledgment, 0, [])
                : new SimulatedSegment(local, TcpFlags.Rst | TcpFlags.Ack, 0, segment.Sequence + (uint)segment.Payload.Length + (syn ? 1u : 0), []));
        }
    }

    private static byte[] Answer(string name, in FlowKey local) => Encoding.UTF8.GetBytes($"{name}\n{local.Destination.ToIpAddress()}\n");

    /// <summary>The pod and the peer that it saw, of an answer's text.</summary>
    public static (string Pod, IpAddress Peer) Read(string answer)
    {
        string[] lines = answer.Split('\n');
        return (lines[0], IpAddress.Parse(lines[1]));
    }
}
