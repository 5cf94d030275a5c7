using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Orleans.Cn2.Core.Packets;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Forwarding.Tun.Devices;
using Orleans.Cn2.Netlink.Devices;

namespace Orleans.Cn2.Forwarding.Tun.Packets;

/// <summary>One thread that takes packets from our interfaces, has them decided in batches, and gives them back to the kernel.</summary>
internal sealed unsafe class PacketLoop : IDisposable
{
    private const int Batch = 32;

    /// <summary>How often it is looked whether a first fragment came, while any is waited for.</summary>
    private const int LookMilliseconds = 4;

    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(10);

    private readonly Lock _turn = new();
    private readonly ManagedPlane _plane;
    private readonly PacketSender _sender;
    private readonly HeldFragments _held;
    private readonly TunFile _wake;
    private readonly Thread _thread;
    private readonly PacketWork[] _works = new PacketWork[Batch];
    private readonly OffloadHeader[] _headers = new OffloadHeader[Batch];
    private readonly byte[][] _buffers = [.. Enumerable.Range(0, Batch).Select(_ => GC.AllocateUninitializedArray<byte>(TunDevice.BufferSize))];
    private ImmutableArray<TunPort> _ports = [];
    private volatile bool _stops;

    /// <param name="plane">Decides.</param>
    /// <exception cref="IOException">The kernel refuses.</exception>
    internal PacketLoop(ManagedPlane plane)
    {
        (_plane, _sender) = (plane, new PacketSender());
        _held = new HeldFragments(plane, _sender);
        _wake = TunCalls.OpenEvent(0, TunCalls.EventFlags);
        if (_wake.IsInvalid)
        {
            throw new IOException($"eventfd: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }

        _thread = new Thread(Run) { IsBackground = true, Name = "cn2 packets" };
        _thread.Start();
    }

    /// <summary>The newest reason why a packet was lost here since this was last asked; null without one.</summary>
    internal string? TakeRefusal() => _sender.TakeRefusal();

    /// <summary>Replaces the interfaces. When it returns none of the former is used any more.</summary>
    internal void SetPorts(ImmutableArray<TunPort> ports)
    {
        Wake();
        lock (_turn)
        {
            _ports = ports;
            _sender.SetPorts(ports);
        }

        Wake();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stops = true;
        Wake();
        _thread.Join();
        _wake.Dispose();
    }

    private void Wake()
    {
        ulong one = 1;
        _ = TunCalls.Write(_wake, (byte*)&one, sizeof(ulong));
    }

    private void Run()
    {
        while (!_stops)
        {
            try
            {
                Wait();
                lock (_turn)
                {
                    foreach (TunPort port in _ports)
                    {
                        Take(port);
                    }

                    _held.SendBack();
                }
            }
            catch (Exception failure)
            {
                // The packets of the batch are lost, those that come after are not.
                _sender.Refuse(failure.Message);
                Thread.Sleep(AfterFailure);
            }
        }
    }

    private void Wait()
    {
        TunCalls.PollEntry[] entries;
        lock (_turn)
        {
            entries =
            [
                .. _ports.Where(port => !port.Device.IsBroken).Select(port => port.Device.Descriptor).Append(_wake.Descriptor)
                    .Select(descriptor => new TunCalls.PollEntry { Descriptor = descriptor, Events = TunCalls.Readable }),
            ];
        }

        fixed (TunCalls.PollEntry* start = entries)
        {
            if (TunCalls.Poll(start, (nuint)entries.Length, _held.Count > 0 ? LookMilliseconds : -1) < 0 && Marshal.GetLastPInvokeError() != TunCalls.Interrupted)
            {
                throw new IOException($"poll: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
            }
        }

        ulong count;
        _ = TunCalls.Read(_wake, (byte*)&count, sizeof(ulong));
    }

    // One batch an interface and round: none keeps the others waiting.
    private void Take(TunPort port)
    {
        int count = 0;
        for (; count < Batch && !port.Device.IsBroken; count++)
        {
            int length = port.Device.Read(_buffers[count], out _headers[count]);
            if (length == 0)
            {
                break;
            }

            if (IsMulticast(_buffers[count].AsSpan(0, length)))
            {
                // No route leads multicast here: the kernel itself speaks of the interface's groups (MLD, IGMP).
                count--;
                continue;
            }

            _works[count] = new PacketWork
            {
                Buffer = _buffers[count],
                Length = length,
                Interface = port.Interface,
                Hook = PacketHook.Ingress,
                Offload = _headers[count].Offload,
            };
            if (!port.IsNode)
            {
                // As it arrived at the node: the kernel counted a hop on the way here.
                HopCount.GiveBack(_works[count].Frame);
            }
        }

        _plane.Process(_works.AsSpan(0, count));
        for (int i = 0; i < count; i++)
        {
            if (_works[i].Verdict == Verdict.Hold)
            {
                _held.Hold(_works[i].Frame);
            }
            else
            {
                _sender.Send(ref _works[i], port, _headers[i]);
            }
        }
    }
    private static bool IsMulticast(Span<byte> frame) => EthernetFrame.TryCreate(frame, out EthernetFrame ethernet)
        && (IPv4Packet.TryCreate(ethernet.Payload, out IPv4Packet v4) && v4.Version == 4 ? v4.Destination >> 28 == 0xe
            : IPv6Packet.TryCreate(ethernet.Payload, out IPv6Packet v6) && v6.Destination[0] == 0xff);
}
