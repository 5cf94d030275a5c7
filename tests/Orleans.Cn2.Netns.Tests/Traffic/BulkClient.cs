using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Orleans.Cn2.Lab.Namespaces;

namespace Orleans.Cn2.Netns.Tests.Traffic;

/// <summary>Sends bulk data through an address and holds that every byte arrives there and back.</summary>
internal static class BulkClient
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    /// <summary>So many bytes there and as many back on one connection.</summary>
    public static async Task TcpAsync(string networkNamespace, IPAddress address, int bytes)
    {
        using CancellationTokenSource limit = new(Bound);
        using Socket socket = Open(networkNamespace, address, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(address, BulkServer.Port), limit.Token);
        await using NetworkStream stream = new(socket, ownsSocket: false);
        byte[] data = RandomNumberGenerator.GetBytes(bytes);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(length, bytes);
        await stream.WriteAsync(length, limit.Token);
        await stream.WriteAsync(data, limit.Token);

        byte[] hash = new byte[SHA256.HashSizeInBytes];
        await stream.ReadExactlyAsync(hash, limit.Token);
        byte[] back = new byte[bytes];
        await stream.ReadExactlyAsync(back, limit.Token);
        Assert.Equal(Convert.ToHexString(SHA256.HashData(data)), Convert.ToHexString(hash));
        Assert.Equal(Convert.ToHexString(SHA256.HashData(BulkServer.Answer(bytes))), Convert.ToHexString(SHA256.HashData(back)));
    }

    /// <summary>Datagrams of all lengths up to a longest, one after another from one socket; each comes back as it went.</summary>
    public static async Task UdpAsync(string networkNamespace, IPAddress address, int count, int longest)
    {
        using CancellationTokenSource limit = new(Bound);
        using Socket socket = Open(networkNamespace, address, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(new IPEndPoint(address, BulkServer.Port), limit.Token);
        byte[] buffer = new byte[65536];
        for (int i = 0; i < count; i++)
        {
            byte[] sent = RandomNumberGenerator.GetBytes(1 + (int)((long)i * (longest - 1) / Math.Max(1, count - 1)));
            await socket.SendAsync(sent, limit.Token);
            int length = await socket.ReceiveAsync(buffer, limit.Token);
            Assert.True(sent.AsSpan().SequenceEqual(buffer.AsSpan(0, length)), $"datagram {i} of {sent.Length} bytes came back with {length} bytes that differ");
        }
    }

    private static Socket Open(string networkNamespace, IPAddress address, SocketType type, ProtocolType protocol)
    {
        using NetworkNamespace ns = NetworkNamespace.Open(networkNamespace);
        return ns.CreateSocket(address.AddressFamily, type, protocol);
    }
}
