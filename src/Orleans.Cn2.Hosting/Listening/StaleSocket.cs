using System.Net.Sockets;

namespace Orleans.Cn2.Hosting.Listening;

/// <summary>Clears the way for a unix domain socket: a killed process leaves its file, on which nobody could listen again.</summary>
internal static class StaleSocket
{
    /// <summary>Removes the socket file where nobody listens on it; leaves one that answers, so that binding fails and says so.</summary>
    public static void Remove(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using Socket probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
        }
    }
}
