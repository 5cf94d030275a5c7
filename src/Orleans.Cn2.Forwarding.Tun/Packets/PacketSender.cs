using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Tun.Devices;

namespace Orleans.Cn2.Forwarding.Tun.Packets;

/// <summary>Carries out a decision: gives a packet back to the kernel on one of our interfaces, from where it is routed.</summary>
internal sealed class PacketSender
{
    private readonly Dictionary<int, TunPort> _ports = [];
    private string? _refusal;

    internal void SetPorts(ImmutableArray<TunPort> ports)
    {
        _ports.Clear();
        foreach (TunPort port in ports)
        {
            _ports[port.Interface] = port;
        }
    }

    internal string? TakeRefusal() => Interlocked.Exchange(ref _refusal, null);

    internal void Refuse(string cause) => Interlocked.Exchange(ref _refusal, cause);

    /// <summary>Sends a decided packet on; nothing for a drop.</summary>
    /// <param name="work">The packet.</param>
    /// <param name="from">Where it came from; null for a fragment that was held.</param>
    /// <param name="header">What came with it.</param>
    internal void Send(ref PacketWork work, TunPort? from, in OffloadHeader header)
    {
        switch (work.Verdict)
        {
            case Verdict.Pass or Verdict.Stack:
                Write(work.Frame, from, header);
                break;
            case Verdict.Peer or Verdict.Neighbour or Verdict.Redirect:
                HopCount.GiveBack(work.Frame);
                Write(work.Frame, from ?? _ports.Values.FirstOrDefault(port => port.IsNode), header);
                break;
            case Verdict.NodeIngress:
                Write(work.Frame, _ports.GetValueOrDefault(work.Target), header);
                break;
            case Verdict.Reject or Verdict.Echo:
                TunPort? back = _ports.GetValueOrDefault(work.Target);
                if (back is { IsNode: false })
                {
                    HopCount.GiveBack(work.Frame);
                }

                // An answer is whole, whatever the packet left to a device.
                Write(work.Frame, back, work.Verdict == Verdict.Reject ? default : header);
                break;
        }
    }

    private void Write(Span<byte> frame, TunPort? port, in OffloadHeader header)
    {
        // An interface that went meanwhile takes its packets along.
        if (port is not null && port.Device.Write(frame, header) is > 0 and int errno)
        {
            Refuse($"{port.Device.Name} took no packet of {frame.Length} bytes: {Marshal.GetPInvokeErrorMessage(errno)}");
        }
    }
}
