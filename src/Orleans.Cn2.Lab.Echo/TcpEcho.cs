using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Orleans.Cn2.Lab.Echo;

/// <summary>Answers each line with a line, or, when the first line is an HTTP request's, speaks HTTP/1.1.</summary>
internal static class TcpEcho
{
    /// <summary>Listens at once; the task serves.</summary>
    public static Task Start(string pod, IPEndPoint at, CancellationToken cancellationToken)
    {
        Socket listener = new(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (at.AddressFamily == AddressFamily.InterNetworkV6)
        {
            listener.DualMode = false;
        }

        listener.Bind(at);
        listener.Listen(4096);
        return AcceptAsync(pod, listener, cancellationToken);
    }

    private static async Task AcceptAsync(string pod, Socket listener, CancellationToken cancellationToken)
    {
        using Socket owned = listener;
        while (true)
        {
            Socket peer;
            try
            {
                peer = await listener.AcceptAsync(cancellationToken);
            }
            catch (SocketException e)
            {
                // A connection that was reset before it was accepted, or no file handles for a while.
                await Console.Error.WriteLineAsync($"cn2-echo: tcp {listener.LocalEndPoint}: {e.SocketErrorCode}");
                continue;
            }

            _ = ConverseAsync(pod, peer, cancellationToken);
        }
    }

    private static async Task ConverseAsync(string pod, Socket socket, CancellationToken cancellationToken)
    {
        using Socket owned = socket;
        try
        {
            socket.NoDelay = true;
            await using NetworkStream stream = new(socket, ownsSocket: false);
            LineReader reader = new(stream);
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                if (HttpExchange.IsRequestLine(line))
                {
                    string body = EchoAnswer.Line(pod, "tcp", socket.LocalEndPoint, socket.RemoteEndPoint, null);
                    if (!await HttpExchange.AnswerAsync(line, body, reader, stream, cancellationToken))
                    {
                        socket.Shutdown(SocketShutdown.Send);
                        return;
                    }
                }
                else
                {
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(
                        EchoAnswer.Line(pod, "tcp", socket.LocalEndPoint, socket.RemoteEndPoint, line)), cancellationToken);
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or InvalidDataException)
        {
            // The peer went away or broke the protocol, or the server ends: this conversation is over either way.
            if (e is InvalidDataException)
            {
                await Console.Error.WriteLineAsync($"cn2-echo: {e.Message}");
            }
        }
    }
}
