using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Orleans.Cn2.Netlink;

/// <summary>What to listen to.</summary>
[Flags]
public enum MonitorGroups
{
    None = 0,
    Links = 1,
    Addresses = 2,
    Routes = 4,
    Neighbours = 8,
    Rules = 16,
}

/// <summary>
/// Listens to changes of the network namespace of the thread that opened it. The kernel's socket buffer is the queue:
/// a reader that falls behind gets <see cref="EventsLost"/> instead of what was dropped, and dumps again. Notifications
/// queue from <see cref="Open"/> on, so open first, dump second, then read: nothing falls between. The sender is not
/// checked: to a socket of NETLINK_ROUTE only the kernel and CAP_NET_ADMIN may send.
/// </summary>
public sealed class RouteMonitor : IDisposable
{
    /// <summary>Bytes the kernel may queue: some 5,000 link notifications, several times as many of the others.</summary>
    public const int DefaultQueueBytes = 4 * 1024 * 1024;

    private const int ReceiveBufferSize = 64 * 1024;
    private const int MaxBatch = 256;
    private const int Lost = -1;

    private static readonly (MonitorGroups Group, int[] Numbers)[] GroupNumbers =
    [
        (MonitorGroups.Links, [1]),
        (MonitorGroups.Neighbours, [3]),
        (MonitorGroups.Addresses, [5, 9]),
        (MonitorGroups.Routes, [7, 11]),
        (MonitorGroups.Rules, [8, 19]),
    ];

    private readonly Socket _socket;
    private readonly byte[] _scrap = new byte[NetlinkMessage.HeaderSize];

    private RouteMonitor(Socket socket) => _socket = socket;

    /// <summary>Subscribes in the calling thread's network namespace.</summary>
    /// <exception cref="NetlinkException">The kernel refuses the socket or a group.</exception>
    public static RouteMonitor Open(MonitorGroups groups, int queueBytes = DefaultQueueBytes)
    {
        using NetlinkSocketHandle handle = NetlinkSocket.OpenHandle(NetlinkProtocol.Route);
        SetQueue(handle, queueBytes);
        foreach ((MonitorGroups group, int[] numbers) in GroupNumbers)
        {
            foreach (int number in groups.HasFlag(group) ? numbers : [])
            {
                if (LibC.SetOption(handle, LibC.SolNetlink, LibC.NetlinkAddMembership, number, sizeof(int)) < 0)
                {
                    throw NetlinkSocket.Failure($"setsockopt(NETLINK_ADD_MEMBERSHIP, {number})");
                }
            }
        }

        return new RouteMonitor(new Socket(new SafeSocketHandle(handle.Release(), ownsHandle: true)) { Blocking = false });
    }

    /// <summary>
    /// The changes since <see cref="Open"/>, until cancelled: each time all that is there (bounded), so that a reader
    /// reacts once to a burst. One reader at a time.
    /// </summary>
    /// <exception cref="NetlinkException">The socket failed.</exception>
    public async IAsyncEnumerable<IReadOnlyList<NetworkEvent>> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(ReceiveBufferSize);
        while (true)
        {
            List<NetworkEvent> events = [];
            Take(buffer, await ReceiveAsync(buffer, cancellation), events);
            for (int datagrams = 1; datagrams < MaxBatch && TryReceive(buffer, out int received); datagrams++)
            {
                Take(buffer, received, events);
            }

            if (events.Count > 0)
            {
                yield return events;
            }
        }
    }

    /// <summary>
    /// Takes all that is there without waiting, and tells whether that was anything. The kernel queues a notification before the call that made the change
    /// returns: false means that nothing changed since this was last asked. For one who does not call <see cref="ReadAsync"/>.
    /// </summary>
    /// <exception cref="NetlinkException">The socket failed.</exception>
    public bool TakeAny()
    {
        bool any = false;
        while (TryReceive(_scrap, out _))
        {
            any = true;
        }

        return any;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>Makes events of one datagram.</summary>
    internal static void Read(ReadOnlySpan<byte> datagram, List<NetworkEvent> events)
    {
        while (NetlinkMessage.TryTake(ref datagram, out NetlinkMessage message))
        {
            NetworkEvent? change = message.Type switch
            {
                MessageType.NewLink or MessageType.DeleteLink =>
                    Link.Read(message) is { } link ? new LinkChanged(link, message.Type == MessageType.DeleteLink) : null,
                MessageType.NewAddress or MessageType.DeleteAddress =>
                    InterfaceAddress.Read(message) is { } address ? new AddressChanged(address, message.Type == MessageType.DeleteAddress) : null,
                MessageType.NewRoute or MessageType.DeleteRoute =>
                    Route.Read(message) is { } route ? new RouteChanged(route, message.Type == MessageType.DeleteRoute) : null,
                MessageType.NewNeighbour or MessageType.DeleteNeighbour =>
                    Neighbour.Read(message) is { } neighbour ? new NeighbourChanged(neighbour, message.Type == MessageType.DeleteNeighbour) : null,
                MessageType.NewRule or MessageType.DeleteRule => new RulesChanged(),
                MessageType.Overrun => new EventsLost(),
                _ => null,
            };
            if (change is not null)
            {
                events.Add(change);
            }
        }
    }

    private static void Take(byte[] buffer, int received, List<NetworkEvent> events)
    {
        if (received == Lost)
        {
            events.Add(new EventsLost());
            return;
        }

        Read(buffer.AsSpan(0, received), events);
    }

    private async ValueTask<int> ReceiveAsync(byte[] buffer, CancellationToken cancellation)
    {
        try
        {
            return await _socket.ReceiveAsync(buffer, SocketFlags.None, cancellation);
        }
        catch (SocketException failure)
        {
            return LostOrThrow(failure.SocketErrorCode, failure);
        }
    }

    private bool TryReceive(byte[] buffer, out int received)
    {
        received = _socket.Receive(buffer, SocketFlags.None, out SocketError outcome);
        if (outcome is not (SocketError.Success or SocketError.WouldBlock))
        {
            received = LostOrThrow(outcome, new SocketException((int)outcome));
            return true;
        }

        return outcome == SocketError.Success;
    }

    /// <summary>ENOBUFS is the kernel's word for dropped notifications; anything else is a broken socket.</summary>
    private static int LostOrThrow(SocketError outcome, SocketException failure) =>
        outcome == SocketError.NoBufferSpaceAvailable
            ? Lost
            : throw new NetlinkException("recv(NETLINK_ROUTE)", failure.Message);

    private static void SetQueue(NetlinkSocketHandle handle, int bytes)
    {
        if (LibC.SetOption(handle, LibC.SolSocket, LibC.ReceiveBufferForce, bytes, sizeof(int)) < 0)
        {
            throw new NetlinkException($"setsockopt(SO_RCVBUFFORCE, {bytes})", Marshal.GetLastPInvokeError(), null);
        }
    }
}
