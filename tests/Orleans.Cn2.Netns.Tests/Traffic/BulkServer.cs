using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Orleans.Cn2.Lab.Namespaces;

namespace Orleans.Cn2.Netns.Tests.Traffic;

/// <summary>
/// Takes and gives bulk data in a back end's namespace. TCP: 8 bytes length, so much data; answered by the SHA-256 of what arrived and as much data made from
/// <see cref="Answer"/>. UDP: each datagram comes back as it is.
/// </summary>
internal sealed class BulkServer : IAsyncDisposable
{
    public const int Port = 9900;

    private readonly CancellationTokenSource _end = new();
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _serving = [];

    public static BulkServer Start(string networkNamespace, params IPAddress[] addresses)
    {
        BulkServer server = new();
        using NetworkNamespace ns = NetworkNamespace.Open(networkNamespace);
        foreach (IPAddress address in addresses)
        {
            Socket listener = ns.CreateSocket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(address, Port));
            listener.Listen(64);
            Socket datagrams = ns.CreateSocket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            datagrams.Bind(new IPEndPoint(address, Port));
            server._sockets.AddRange([listener, datagrams]);
            server._serving.AddRange([server.AcceptAsync(listener), server.ReturnAsync(datagrams)]);
        }

        return server;
    }

    /// <summary>What the server sends back: bytes that both sides can make.</summary>
    public static byte[] Answer(int length)
    {
        byte[] data = new byte[length];
        new Random(length).NextBytes(data);
        return data;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        foreach (Task serving in _serving)
        {
            // Each ends by the cancellation, or ended with a client that went: what that means the client's side tells.
            await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _sockets.ForEach(socket => socket.Dispose());
        _end.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            using Socket peer = await listener.AcceptAsync(_end.Token);
            await using NetworkStream stream = new(peer, ownsSocket: false);
            byte[] length = new byte[8];
            await stream.ReadExactlyAsync(length, _end.Token);
            byte[] data = new byte[(int)BinaryPrimitives.ReadInt64BigEndian(length)];
            await stream.ReadExactlyAsync(data, _end.Token);
            await stream.WriteAsync(SHA256.HashData(data), _end.Token);
            await stream.WriteAsync(Answer(data.Length), _end.Token);
        }
    }

    private async Task ReturnAsync(Socket socket)
    {
        byte[] buffer = new byte[65536];
        EndPoint any = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (true)
        {
            SocketReceiveFromResult got = await socket.ReceiveFromAsync(buffer, any, _end.Token);
            await socket.SendToAsync(buffer.AsMemory(0, got.ReceivedBytes), got.RemoteEndPoint, _end.Token);
        }
    }
}
