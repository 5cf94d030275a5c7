using System.Collections.Immutable;
using System.Globalization;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets.Fixtures;

namespace Orleans.Cn2.Testing.Packets.Generation;

/// <summary>
/// Random changes of one service's paths under flows that are told, by a model of a few lines, where each must be: on its path while that is active or
/// draining, and on no path that is gone.
/// </summary>
public sealed class StickinessRun(IEngineUnderTest engine, IpFamily family, int seed)
{
    private const int Client = GeneratedWorld.FirstPod + 3;
    private static readonly Guid Uid = new("5717c414-0000-0000-0000-000000000001");

    private readonly Random _random = new(seed);
    private readonly List<Flow> _flows = [];
    private readonly Dictionary<int, ulong> _vmis = [];
    private ImmutableArray<EcmpPath> _paths = [];
    private ushort _nextPort = 1024;
    private ulong _nextVmi = 1;

    /// <summary>Null when every packet went where it had to; else the first that didn't.</summary>
    public string? Run(int steps)
    {
        engine.Reset(GeneratedWorld.Settings, GeneratedWorld.Network(DeliveryMode.Fast));
        Change();
        return engine.Inside(() =>
        {
            for (int i = 0; i < steps; i++)
            {
                string? wrong = null;
                switch (_random.Next(10))
                {
                    case 0:
                        Change();
                        break;
                    case < 4 or _ when _flows.Count == 0:
                        Open(_random.Next(3) switch { 0 => IpProtocol.Udp, 1 => IpProtocol.Sctp, _ => IpProtocol.Tcp });
                        break;
                    default:
                        wrong = Continue(_flows[_random.Next(_flows.Count)]);
                        break;
                }

                if (wrong is not null)
                {
                    return string.Create(CultureInfo.InvariantCulture, $"{engine.Name}, {family}, seed {seed}, step {i}: {wrong}");
                }
            }

            return null;
        });
    }

    // From nothing to many and back, other weights, other states, other VMIs at the same addresses, other target ports.
    private void Change()
    {
        int most = _random.Next(4) switch { 0 => 0, 1 => 1, 2 => 2, _ => 7 };
        ushort target = (ushort)(_random.Next(8) == 0 ? 8081 : 8080);
        ImmutableArray<EcmpPath> next =
        [
            .. Enumerable.Range(0, 8).Where(pod => pod != 3).OrderBy(_ => _random.Next()).Take(most)
                .Select(pod => new EcmpPath(
                    GeneratedWorld.Pod(family, pod), target, (ushort)_random.Next(1, 100), (PathState)Math.Max(1, _random.Next(-3, 4)), Vmi(pod)))
                .Order(Comparer<EcmpPath>.Create(PathOrder.Compare)),
        ];
        HashSet<PathSeen> kept = [.. next.Select(Seen)];
        _flows.ForEach(flow => flow.IsGone |= !kept.Contains(flow.Path));
        _paths = next;
        if (!engine.Apply(new TableChange(0, Complete: true, [new ServiceTable(Uid, new NamespacedName("default", "sticky"), 1, [.. Frontends()])], [])).IsEmpty)
        {
            throw new InvalidOperationException("the tables were refused");
        }
    }

    private IEnumerable<Frontend> Frontends() =>
        from protocol in (TransportProtocol[])[TransportProtocol.Tcp, TransportProtocol.Udp, TransportProtocol.Sctp]
        select new Frontend(Fip, protocol, 80, TableIds.OfFrontend(Uid, family, protocol, 80), FrontendFlags.None, 0, _paths);

    private void Open(byte protocol)
    {
        Flow flow = new(Packet(protocol, _nextPort++));
        EngineResult first = Send(flow.First);
        if (first.NewFlow)
        {
            flow.Path = first.Path;
            Establish(flow, first);
            _flows.Add(flow);
        }
    }

    private void Establish(Flow flow, EngineResult first)
    {
        (IpAddress source, ushort sourcePort, IpAddress destination, ushort destinationPort) = PacketGenerator.TupleOf(first.Frame);
        PacketSpec seen = flow.First with { Source = source, SourcePort = sourcePort, Destination = destination, DestinationPort = destinationPort };
        engine.Run(PacketHook.Ingress, GeneratedWorld.FirstPod, (seen.Reversed() with { Flags = TcpFlags.Syn | TcpFlags.Ack, Chunk = SctpChunkType.InitAck }).Build());
        Send(flow.Next);
    }

    private string? Continue(Flow flow)
    {
        EngineResult result = Send(flow.Next);
        bool datagram = flow.First.Protocol == IpProtocol.Udp;
        PathState state = flow.IsGone ? 0 : _paths.First(path => Seen(path) == flow.Path).State;
        bool stays = datagram ? state is PathState.Active or PathState.DrainingServing : state != 0;
        bool isRight = stays ? !result.NewFlow && result.Path == flow.Path && result.Reason == DropReason.None
            : !datagram ? result is { Verdict: Verdict.Reject, Reason: DropReason.PathGone }
            : result.NewFlow ? _paths.Any(path => path.State == PathState.Active && Seen(path) == result.Path)
            : result.Reason == DropReason.NoEndpoints && _paths.All(path => path.State != PathState.Active);
        if (!isRight)
        {
            return $"{PacketPrinter.Describe(flow.Next.Build())} of a flow on {flow.Path} ({(flow.IsGone ? "gone" : state)}): "
                + $"{result.Verdict} {result.Reason} to {result.Path}{(result.NewFlow ? ", new" : "")}; paths are {string.Join(", ", _paths)}";
        }

        if (result.NewFlow)
        {
            (flow.Path, flow.IsGone) = (result.Path, false);
        }
        else if (!stays)
        {
            _flows.Remove(flow);
        }

        return null;
    }

    private EngineResult Send(PacketSpec packet) => engine.Run(PacketHook.Ingress, Client, packet.Build());

    private PacketSpec Packet(byte protocol, ushort port) => new()
    {
        Source = GeneratedWorld.Pod(family, 3),
        Destination = Fip,
        Protocol = protocol,
        SourcePort = port,
        DestinationPort = 80,
        Flags = TcpFlags.Syn,
        Chunk = SctpChunkType.Init,
    };

    private IpAddress Fip => GeneratedWorld.Fip(family, 0);

    private ulong Vmi(int pod)
    {
        if (!_vmis.TryGetValue(pod, out ulong vmi) || _random.Next(10) == 0)
        {
            _vmis[pod] = vmi = _nextVmi++;
        }

        return vmi;
    }

    private static PathSeen Seen(EcmpPath path) => new(path.Address, path.Port, path.VmiId);

    private sealed class Flow(PacketSpec first)
    {
        public PacketSpec First { get; } = first;

        public PacketSpec Next { get; } = first with { Flags = TcpFlags.Ack, Chunk = SctpChunkType.Data };

        public PathSeen Path { get; set; }

        /// <summary>True when its path left the table, though one like it may have come since.</summary>
        public bool IsGone { get; set; }
    }
}
