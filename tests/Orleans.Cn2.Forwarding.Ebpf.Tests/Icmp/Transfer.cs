using System.Net;
using System.Net.Sockets;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Icmp;

/// <summary>Bytes through a FloatingIP, each of them looked at.</summary>
internal static class Transfer
{
    private const int Size = 2 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The client sends, the server counts.</summary>
    public static Task UploadAsync(RoutedNetwork network, IpFamily family, string client, string server) => RunAsync(network, family, client, server, up: true);

    /// <summary>The server sends, the client counts.</summary>
    public static Task DownloadAsync(RoutedNetwork network, IpFamily family, string client, string server) => RunAsync(network, family, client, server, up: false);

    private static async Task RunAsync(RoutedNetwork network, IpFamily family, string client, string server, bool up)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        using Socket listener = network.Socket(server, family, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(family == IpFamily.IPv4 ? IPAddress.Any : IPAddress.IPv6Any, 8080));
        listener.Listen();
        using Socket near = network.Socket(client, family, SocketType.Stream, ProtocolType.Tcp);
        ValueTask<Socket> accepting = listener.AcceptAsync(patience.Token);
        await near.ConnectAsync(new IPEndPoint(RoutedNetwork.FloatingIp(family).ToIPAddress(), 80), patience.Token);
        using Socket far = await accepting;

        Task sending = SendAsync(up ? near : far, patience.Token);
        await ReceiveAsync(up ? far : near, patience.Token);
        await sending;
    }

    private static async Task SendAsync(Socket socket, CancellationToken cancellation)
    {
        byte[] all = new byte[Size];
        new Random(Size).NextBytes(all);
        for (int sent = 0; sent < all.Length;)
        {
            sent += await socket.SendAsync(all.AsMemory(sent), cancellation);
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task ReceiveAsync(Socket socket, CancellationToken cancellation)
    {
        byte[] expected = new byte[Size];
        new Random(Size).NextBytes(expected);
        byte[] got = new byte[Size + 1];
        int length = 0;
        while (await socket.ReceiveAsync(got.AsMemory(length), cancellation) is int more and > 0)
        {
            length += more;
        }

        Assert.Equal(Size, length);
        Assert.True(got.AsSpan(0, Size).SequenceEqual(expected), "the bytes are not those that were sent");
    }
}
