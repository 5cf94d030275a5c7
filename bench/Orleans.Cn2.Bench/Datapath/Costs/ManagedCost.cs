using System.Collections.Immutable;
using System.Diagnostics;
using Orleans.Cn2.Bench.Datapath.Network;
using Orleans.Cn2.Bench.Datapath.Traffic;
using Orleans.Cn2.Bench.Measuring;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Bench.Datapath.Costs;

/// <summary>The managed engine on packets in memory: established flows in batches, the copying of the frame into the buffer taken off.</summary>
internal sealed class ManagedCost : IAsyncDisposable
{
    private const int Batch = 64;
    private const int PodClient = 10;
    private const int PodServer = 11;
    private static readonly TimeSpan CodeSettles = TimeSpan.FromSeconds(2);
    private readonly ManagedPlane _plane = new(new ManagedOptions { FlowCapacity = 1 << 20 });
    private readonly PacketWork[] _works = [.. Enumerable.Range(0, Batch).Select(_ => new PacketWork { Buffer = new byte[PacketWork.MinimumBuffer] })];
    private readonly byte[] _frame;
    private readonly IpFamily _family;
    private readonly int _flows;
    private readonly uint[] _order;

    public ManagedCost(IpFamily family, int flows)
    {
        (_family, _flows) = (family, flows);
        IpAddress server = BenchNetwork.BackEndAddress(0, family);
        _plane.Configure(new NodeSettings([IpPrefix.Parse("10.96.0.0/16"), IpPrefix.Parse("fd00:96::/112")], [], [], new UInt128(1, 2)));
        _plane.Connect(new NodeNetwork(
            DeliveryMode.Fast, 0,
            [new PlaneInterface(PodClient, InterfaceRole.Pod, CheckSource: false, []), new PlaneInterface(PodServer, InterfaceRole.Pod, CheckSource: false, [])],
            new KnownHops(ImmutableDictionary<IpAddress, NextHop>.Empty.Add(server, new NextHop(HopKind.Local, PodServer, new LinkAddresses(1, 2))))));
        _plane.Apply(new TableChange(0, Complete: true, [Cn2Contestant.Service(1)], []));
        _frame = Frames.Udp(BenchNetwork.ClientAddress(family), BenchNetwork.FloatingIp(family), BenchNetwork.Port);
        Random random = new(7);
        _order = [.. Enumerable.Range(0, 1 << 20).Select(_ => (uint)random.Next(flows))];
        Establish(server);
    }

    /// <summary>Runs until its code is compiled for good: the first of several would else pay for that alone.</summary>
    public void WarmUp()
    {
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < CodeSettles;)
        {
            Once();
        }
    }

    /// <summary>ns of thread CPU a packet, and bytes allocated a packet.</summary>
    public (double Nanoseconds, double Bytes) Once()
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        double with = Pass(process: true);
        double bytes = (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)_order.Length;
        return (with - Pass(process: false), bytes);
    }

    public ValueTask DisposeAsync() => _plane.DisposeAsync();

    private double Pass(bool process)
    {
        double before = CpuClock.ThreadSeconds;
        for (int at = 0; at < _order.Length; at += Batch)
        {
            for (int i = 0; i < Batch; i++)
            {
                Fill(ref _works[i], _order[at + i]);
            }

            if (process)
            {
                _plane.Process(_works);
                if (_works[0].Verdict != Verdict.Peer)
                {
                    throw new InvalidOperationException($"verdict {_works[0].Verdict}, reason {_works[0].Reason}");
                }
            }
        }

        return (CpuClock.ThreadSeconds - before) / _order.Length * 1e9;
    }

    private void Establish(IpAddress server)
    {
        byte[] reply = Frames.Udp(server, BenchNetwork.ClientAddress(_family), 0, BenchNetwork.Port);
        PacketWork[] one = [new PacketWork { Buffer = new byte[PacketWork.MinimumBuffer] }];
        for (int flow = 0; flow < _flows; flow++)
        {
            Fill(ref one[0], (uint)flow);
            _plane.Process(one);
            reply.CopyTo(one[0].Buffer, 0);
            PortsOf(one[0].Buffer, IsV6).DestinationPort = (ushort)flow;
            if (!IsV6)
            {
                IPv4Packet.TryCreate(one[0].Buffer.AsSpan(EthernetFrame.HeaderLength), out IPv4Packet ip);
                ip.Destination = (ip.Destination & ~(uint)byte.MaxValue) | LastOctet((uint)flow);
                ip.FillChecksum();
            }
            else
            {
                IPv6Packet.TryCreate(one[0].Buffer.AsSpan(EthernetFrame.HeaderLength), out IPv6Packet ip);
                ip.Destination[13] = (byte)(flow >> 16);
            }

            (one[0].Length, one[0].Interface, one[0].Hook) = (reply.Length, PodServer, PacketHook.Ingress);
            _plane.Process(one);
        }

        if (_plane.ReadStatus().Flows != _flows)
        {
            throw new InvalidOperationException($"{_plane.ReadStatus().Flows} of {_flows} flows are established");
        }
    }

    private bool IsV6 => _family == IpFamily.IPv6;

    // Ports are soon used up; clients beside the first one are no address of another pod.
    private static byte LastOctet(uint flow) => (byte)(2 + (flow >> 16));

    private void Fill(ref PacketWork work, uint flow)
    {
        _frame.CopyTo(work.Buffer, 0);
        (work.Length, work.Interface, work.Hook) = (_frame.Length, PodClient, PacketHook.Ingress);
        Span<byte> buffer = work.Buffer;
        if (IsV6)
        {
            buffer[EthernetFrame.HeaderLength + 8 + 13] = (byte)(flow >> 16);
        }
        else
        {
            buffer[EthernetFrame.HeaderLength + 15] = LastOctet(flow);
        }

        PortsOf(buffer, IsV6).SourcePort = (ushort)flow;
    }

    private static UdpDatagram PortsOf(Span<byte> frame, bool v6)
    {
        UdpDatagram.TryCreate(frame[(EthernetFrame.HeaderLength + (v6 ? IPv6Packet.HeaderLength : IPv4Packet.MinHeaderLength))..], out UdpDatagram datagram);
        return datagram;
    }
}
