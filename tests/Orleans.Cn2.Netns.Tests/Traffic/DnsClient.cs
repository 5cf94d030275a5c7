using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Orleans.Cn2.Lab.Namespaces;

namespace Orleans.Cn2.Netns.Tests.Traffic;

/// <summary>Asks a DNS server for an A record (RFC 1035), by UDP or TCP, from a network namespace.</summary>
internal static class DnsClient
{
    private const int Port = 53;
    private const int HeaderLength = 12;
    private const ushort TypeA = 1;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(5);

    public static async Task<IPAddress?> UdpAsync(string networkNamespace, IPAddress server, string name)
    {
        using CancellationTokenSource limit = new(Bound);
        using Socket socket = await OpenAsync(networkNamespace, server, SocketType.Dgram, ProtocolType.Udp, limit.Token);
        byte[] query = Query(name);
        await socket.SendAsync(query, limit.Token);
        byte[] answer = new byte[512];
        int length = await socket.ReceiveAsync(answer, limit.Token);
        return AddressOf(query, answer.AsSpan(0, length));
    }

    public static async Task<IPAddress?> TcpAsync(string networkNamespace, IPAddress server, string name)
    {
        using CancellationTokenSource limit = new(Bound);
        using Socket socket = await OpenAsync(networkNamespace, server, SocketType.Stream, ProtocolType.Tcp, limit.Token);
        await using NetworkStream stream = new(socket, ownsSocket: false);
        byte[] query = Query(name);
        await stream.WriteAsync((byte[])[(byte)(query.Length >> 8), (byte)query.Length, .. query], limit.Token);
        byte[] length = new byte[2];
        await stream.ReadExactlyAsync(length, limit.Token);
        byte[] answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(answer, limit.Token);
        return AddressOf(query, answer);
    }

    private static async Task<Socket> OpenAsync(string networkNamespace, IPAddress server, SocketType type, ProtocolType protocol, CancellationToken cancellation)
    {
        using NetworkNamespace ns = NetworkNamespace.Open(networkNamespace);
        Socket socket = ns.CreateSocket(server.AddressFamily, type, protocol);
        await socket.ConnectAsync(new IPEndPoint(server, Port), cancellation);
        return socket;
    }

    private static byte[] Query(string name)
    {
        byte[] id = new byte[2];
        Random.Shared.NextBytes(id);
        IEnumerable<byte> labels = name.Split('.').SelectMany(label => Encoding.ASCII.GetBytes(label).Prepend((byte)label.Length));
        // Recursion desired, one question: the name's A record of class IN.
        return [.. id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. labels, 0, 0, (byte)TypeA, 0, 1];
    }

    /// <summary>The address of the first answer; null when it is none to this query.</summary>
    private static IPAddress? AddressOf(ReadOnlySpan<byte> query, ReadOnlySpan<byte> answer)
    {
        // The question is repeated; then: pointer to the name (2), type (2), class (2), time to live (4), length (2), data.
        const int FixedPart = 12;
        bool answers = answer.Length >= query.Length + FixedPart + 4 && answer[..2].SequenceEqual(query[..2])
            && answer[HeaderLength..query.Length].SequenceEqual(query[HeaderLength..])
            && BinaryPrimitives.ReadUInt16BigEndian(answer[(query.Length + 2)..]) == TypeA;
        return answers ? new IPAddress(answer.Slice(query.Length + FixedPart, 4)) : null;
    }
}
