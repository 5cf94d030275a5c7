using System.Runtime.CompilerServices;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Netlink;

/// <summary>
/// Reads and changes interfaces, addresses, routes and neighbours of the network namespace of the thread that opened
/// it (rtnetlink(7)). Calls are synchronous: the kernel answers within them. Safe for use from several threads.
/// A refusal is a <see cref="NetlinkException"/> with the kernel's errno and words.
/// </summary>
public sealed partial class RtNetlink : IDisposable
{
    private readonly NetlinkSocket _socket;

    private RtNetlink(NetlinkSocket socket) => _socket = socket;

    /// <summary>Opens it in the calling thread's network namespace.</summary>
    /// <exception cref="NetlinkException">The kernel has no rtnetlink or refuses a socket.</exception>
    public static RtNetlink Open() => new(NetlinkSocket.Open(NetlinkProtocol.Route));

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    internal NetlinkSocket Socket => _socket;

    private static byte FamilyOf(IpFamily? family) => family switch
    {
        IpFamily.IPv4 => AddressFamilies.IPv4,
        IpFamily.IPv6 => AddressFamilies.IPv6,
        _ => AddressFamilies.Unspecified,
    };

    [InlineArray(NetlinkRequest.BufferSize)]
    private struct RequestBuffer
    {
        private byte _first;
    }
}
