using System.Diagnostics;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Forwarding.Managed.Fragments;

namespace Orleans.Cn2.Forwarding.Ebpf.SlowPath;

/// <summary>
/// Holds the fragments that the programs send here because they came ahead of their first, and sends them back when the programs know their datagram or
/// when they waited long enough. Every frame goes back: what becomes of it is decided and counted by the programs alone.
/// </summary>
internal sealed class FragmentHolder : IDisposable
{
    /// <summary>How often it is looked whether a first fragment came, while any is waited for.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(4);

    private readonly DataPath _path;
    private readonly TapDevice _tap;
    private readonly FragmentHold _hold = new(new FragmentHoldLimits());
    private readonly Thread _thread;
    private volatile bool _stops;
    private volatile string? _failure;

    private FragmentHolder(DataPath path, TapDevice tap)
    {
        (_path, _tap) = (path, tap);
        _thread = new Thread(Run) { IsBackground = true, Name = "cn2 fragments" };
        _thread.Start();
    }

    /// <summary>Where fragments are held.</summary>
    internal int Interface => _tap.Index;

    /// <summary>Why it ended; null while it runs. Its interface is gone then, so that the programs drop what they would send here.</summary>
    internal string? Failure => _failure;

    /// <summary>Makes the interface in the calling thread's network namespace. Nothing may be held there before the program is on it.</summary>
    /// <exception cref="IOException">The kernel refuses.</exception>
    internal static FragmentHolder Open(DataPath path) => new(path, TapDevice.Create());

    public void Dispose()
    {
        _stops = true;
        _tap.Wake();
        _thread.Join();
        _tap.Dispose();
    }

    private void Run()
    {
        try
        {
            byte[] buffer = new byte[TapDevice.LargestFrame];
            while (!_stops)
            {
                _tap.Wait(_hold.Count > 0 ? Look : null);
                Take(buffer);
                SendBack();
            }
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException)
        {
            _failure = failure.Message;
            _tap.Dispose();
        }
    }

    private void Take(byte[] buffer)
    {
        while (_tap.Read(buffer) is { } frame)
        {
            if (FragmentId.TryRead(frame, out FragmentId id) && !_hold.TryHold(id, frame, Now()))
            {
                _tap.Write(frame);
            }
        }
    }

    private void SendBack()
    {
        foreach (FragmentId id in _hold.Datagrams.Where(IsKnown).ToArray())
        {
            Write(_hold.Release(id));
        }

        Write(_hold.Expire(Now()));
    }

    private void Write(IReadOnlyList<byte[]> frames)
    {
        foreach (byte[] frame in frames)
        {
            _tap.Write(frame);
        }
    }

    /// <summary>True when the programs saw the first fragment.</summary>
    private bool IsKnown(FragmentId id)
    {
        bool v4 = id.Source.Family == IpFamily.IPv4;
        TupleRow key = new()
        {
            Source = Address16.Of(id.Source),
            Destination = Address16.Of(id.Destination),
            SourcePort = NetworkShort.Of((ushort)(v4 ? id.Id : id.Id >> 16)),
            DestinationPort = NetworkShort.Of((ushort)(v4 ? 0 : id.Id)),
            Protocol = id.Protocol,
        };
        return _path["datagrams"].TryGet(key, out DatagramRow row) && row.Until >= LinuxCalls.CoarseNanoseconds();
    }

    private static TimeSpan Now() => Stopwatch.GetElapsedTime(0);
}
