using System.Diagnostics;
using Orleans.Cn2.Forwarding.Managed;
using Orleans.Cn2.Forwarding.Managed.Fragments;

namespace Orleans.Cn2.Forwarding.Tun.Packets;

/// <summary>Fragments ahead of their first: each is decided anew when its datagram is known, or when it waited long enough.</summary>
internal sealed class HeldFragments(ManagedPlane plane, PacketSender sender)
{
    /// <summary>Stands for the hold interface of docs/datapath.md, section 4.5; no interface has this index.</summary>
    internal const int Interface = -1;

    private readonly FragmentHold _hold = new(new FragmentHoldLimits());
    private readonly byte[] _buffer = new byte[Devices.TunDevice.BufferSize];

    internal int Count => _hold.Count;

    internal void Hold(Span<byte> frame)
    {
        byte[] copy = frame.ToArray();
        if (FragmentId.TryRead(copy, out FragmentId id) && !_hold.TryHold(id, copy, Now()))
        {
            Decide(copy);
        }
    }

    internal void SendBack()
    {
        if (_hold.Count == 0)
        {
            return;
        }

        foreach (FragmentId id in _hold.Datagrams.Where(plane.IsKnown).ToArray())
        {
            Decide(_hold.Release(id));
        }

        Decide(_hold.Expire(Now()));
    }

    private static TimeSpan Now() => Stopwatch.GetElapsedTime(0);

    private void Decide(IReadOnlyList<byte[]> frames)
    {
        foreach (byte[] frame in frames)
        {
            Decide(frame);
        }
    }

    private void Decide(byte[] frame)
    {
        frame.CopyTo(_buffer, 0);
        PacketWork work = new() { Buffer = _buffer, Length = frame.Length, Interface = Interface };
        plane.Process(new Span<PacketWork>(ref work));
        sender.Send(ref work, from: null, default);
    }
}
