using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Orleans.Cn2.Lab.Echo;

/// <summary>Answers each datagram with one.</summary>
internal static class UdpEcho
{
    /// <summary>Binds at once; the task serves.</summary>
    public static Task Start(string pod, IPEndPoint at, CancellationToken cancellationToken)
    {
        Socket socket = new(at.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(at);
        return ServeAsync(pod, socket, cancellationToken);
    }

    private static async Task ServeAsync(string pod, Socket socket, CancellationToken cancellationToken)
    {
        using Socket owned = socket;
        byte[] buffer = new byte[65536];
        EndPoint any = new IPEndPoint(
            socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (true)
        {
            try
            {
                SocketReceiveFromResult got = await socket.ReceiveFromAsync(buffer, any, cancellationToken);
                string said = Encoding.UTF8.GetString(buffer, 0, got.ReceivedBytes).TrimEnd('\r', '\n');
                byte[] answer = Encoding.UTF8.GetBytes(
                    EchoAnswer.Line(pod, "udp", socket.LocalEndPoint, got.RemoteEndPoint, said));
                await socket.SendToAsync(answer, got.RemoteEndPoint, cancellationToken);
            }
            catch (SocketException e)
            {
                // One peer that can't be answered (unreachable, answer too long) must not end the service of the others.
                await Console.Error.WriteLineAsync($"cn2-echo: udp {socket.LocalEndPoint}: {e.SocketErrorCode}");
            }
        }
    }
}
