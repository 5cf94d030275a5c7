using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Orleans.Cn2.Hosting.Listening;

/// <summary>Keeps unix domain sockets to the program's own user: whoever can open one may do everything.</summary>
internal static class SocketModes
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void Use(SocketTransportOptions transport) => transport.CreateBoundListenSocket = Bind;

    // Between bind and listen: before the mode is set nobody can connect.
    private static Socket Bind(EndPoint endPoint)
    {
        Socket socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        if (endPoint is UnixDomainSocketEndPoint && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(endPoint.ToString()!, OwnerOnly);
        }

        return socket;
    }
}
