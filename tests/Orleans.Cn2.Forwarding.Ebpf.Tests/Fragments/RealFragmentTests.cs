using System.Net;
using System.Net.Sockets;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Testing.Packets;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Fragments;

/// <summary>Datagrams above the MTU through FloatingIPs, cut by the kernel or by hand.</summary>
public sealed class RealFragmentTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TwoNodes _nodes = new("bpf-frag");

    public static TheoryData<DeliveryMode, IpFamily> Matrix => new(
        from mode in Enum.GetValues<DeliveryMode>() from family in Enum.GetValues<IpFamily>() select (mode, family));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Udp_DatagramsAboveTheMtu_EchoThroughFloatingIpsFromAllClients(DeliveryMode mode, IpFamily family)
    {
        EbpfPlane plane = _nodes.Open("one", mode);
        _nodes.Open("two", mode);

        foreach (string client in (string[])["client", "one", "outside"])
        {
            foreach (bool remote in (bool[])[false, true])
            {
                foreach (int size in (int[])[1_000, 2_000, 60_000])
                {
                    byte[] sent = Payload(size);
                    using Socket socket = _nodes.CreateSocket(client, family);
                    await socket.ConnectAsync(new IPEndPoint(TwoNodes.Fip(family, remote).ToIPAddress(), TwoNodes.ServicePort), Cancelled());
                    await socket.SendAsync(sent, Cancelled());

                    byte[] echoed = await ReceiveAsync(socket, $"{client}, {(remote ? "remote" : "local")} VMI, {size} bytes, {Drops(plane)}");

                    Assert.True(sent.AsSpan().SequenceEqual(echoed), $"{client}, remote {remote}, {size} bytes: other bytes came back");
                }
            }
        }

        Assert.DoesNotContain(plane.ReadReasons(), count => count.Reason is DropReason.Fragment or DropReason.FragmentOverlap or DropReason.Malformed);
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Udp_FragmentsInReverseOrder_AreHeldAndArrive(DeliveryMode mode, IpFamily family)
    {
        EbpfPlane plane = _nodes.Open("one", mode);
        using Socket socket = _nodes.CreateSocket("client", family, 40_000);
        (PacketSpec packet, byte[] payload) = Datagram(family);

        _nodes.SendFrames(packet.Piece(1_408, 2_008, false).Build(), packet.Piece(704, 1_408, true).Build(), packet.Piece(0, 704, true).Build());

        Assert.Equal(payload, await ReceiveAsync(socket, Drops(plane)));
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Udp_FragmentWhoseFirstNeverComes_IsDroppedAndCounted(DeliveryMode mode, IpFamily family)
    {
        EbpfPlane plane = _nodes.Open("one", mode);
        (PacketSpec packet, _) = Datagram(family);

        _nodes.SendFrames(packet.Piece(704, 1_408, true).Build());

        await CountedAsync(plane, DropReason.FragmentWithoutFirst);
    }

    [Fact]
    public async Task Udp_FragmentAheadOfItsFirstWithoutAWorker_IsDroppedAndCounted()
    {
        using BpfMount mount = new();
        (PacketSpec packet, _) = Datagram(IpFamily.IPv4);
        await _nodes.CloseAsync(_nodes.Open("one", DeliveryMode.Fast, mount.Directory));

        _nodes.SendFrames(packet.Piece(704, 1_408, true).Build());

        EbpfPlane next = _nodes.Open("one", DeliveryMode.Fast, mount.Directory);
        await CountedAsync(next, DropReason.NoSlowPath);
        await _nodes.CloseAsync(next);
    }

    public ValueTask DisposeAsync() => _nodes.DisposeAsync();

    private static byte[] Payload(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)(i * 31 >> 3))];

    private static (PacketSpec Packet, byte[] Payload) Datagram(IpFamily family)
    {
        byte[] payload = Payload(2_000);
        PacketSpec packet = new()
        {
            Source = TwoNodes.Client(family),
            Destination = TwoNodes.Fip(family, remote: false),
            Protocol = 17,
            SourcePort = 40_000,
            DestinationPort = TwoNodes.ServicePort,
            Payload = [.. payload],
        };
        return (packet, payload);
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, string what)
    {
        byte[] buffer = new byte[1 << 16];
        try
        {
            int length = await socket.ReceiveAsync(buffer, Cancelled());
            return buffer[..length];
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"nothing came back: {what}");
            throw;
        }
    }

    private static string Drops(EbpfPlane plane) =>
        $"drops so far: {string.Join(", ", plane.ReadReasons().Select(count => $"{count.Reason} {count.Packets}"))}; {string.Join(", ", plane.ReadStatus().ModeReasons)}";

    private static async Task CountedAsync(EbpfPlane plane, DropReason reason)
    {
        using CancellationTokenSource patience = new(Patience);
        using PeriodicTimer look = new(TimeSpan.FromMilliseconds(20));
        while (!plane.ReadReasons().Any(count => count.Reason == reason && count.Packets == 1))
        {
            Assert.False(patience.IsCancellationRequested, $"{reason} was not counted; {Drops(plane)}");
            await look.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    private static CancellationToken Cancelled() => new CancellationTokenSource(Patience).Token;
}
