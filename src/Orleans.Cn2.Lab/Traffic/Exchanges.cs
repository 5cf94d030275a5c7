using System.Net;
using System.Net.Sockets;
using System.Text;
using Orleans.Cn2.Lab.Namespaces;

namespace Orleans.Cn2.Lab.Traffic;

/// <summary>One request and its answer, by HTTP or UDP.</summary>
internal static class Exchanges
{
    public static async Task<Exchange> HttpAsync(
        NetworkNamespace? ns, TrafficPlan plan, HttpConnection? kept, CancellationToken cancellationToken)
    {
        HttpConnection connection = kept ?? await HttpConnection.OpenAsync(ns, plan.Destination, plan.Source, cancellationToken);
        bool keep = false;
        try
        {
            HttpAnswer answer = await connection.GetAsync(plan.Path, plan.KeepAlive, cancellationToken);
            if (answer.Status is < 200 or >= 400)
            {
                throw new TrafficException($"status {answer.Status}");
            }

            keep = plan.KeepAlive && answer.KeepAlive;
            return new(Backend(answer.Body), keep ? connection : null);
        }
        finally
        {
            if (!keep)
            {
                await connection.DisposeAsync();
            }
        }
    }

    public static async Task<Exchange> UdpAsync(
        NetworkNamespace? ns, TrafficPlan plan, HttpConnection? kept, CancellationToken cancellationToken)
    {
        AddressFamily family = plan.Destination.AddressFamily;
        using Socket socket = ns is null
            ? new(family, SocketType.Dgram, ProtocolType.Udp) : ns.CreateSocket(family, SocketType.Dgram, ProtocolType.Udp);
        if (plan.Source is not null)
        {
            socket.Bind(new IPEndPoint(plan.Source, 0));
        }

        // Connected: an answer from any other address or port than the one asked isn't taken.
        await socket.ConnectAsync(plan.Destination, cancellationToken);
        string token = Guid.NewGuid().ToString("N");
        await socket.SendAsync(Encoding.ASCII.GetBytes(token), cancellationToken);
        byte[] buffer = new byte[2048];
        int length = await socket.ReceiveAsync(buffer, cancellationToken);
        string answer = Encoding.UTF8.GetString(buffer, 0, length);
        return answer.TrimEnd().EndsWith("echo=" + token, StringComparison.Ordinal)
            ? new(Backend(answer), null) : throw new TrafficException("answer echoes something else");
    }

    /// <summary>The pod's name: of the echo server's line, or else the first line as it is.</summary>
    public static string Backend(string answer)
    {
        string line = answer.AsSpan().Trim().ToString().Split('\n')[0].TrimEnd('\r');
        return line.StartsWith("pod=", StringComparison.Ordinal) ? line[4..].Split(' ')[0] : line;
    }
}
