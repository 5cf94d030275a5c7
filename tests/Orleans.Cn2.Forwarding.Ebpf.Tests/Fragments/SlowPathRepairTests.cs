using System.Net.Sockets;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Testing.Packets;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Fragments;

/// <summary>The interface where fragments are held, and the program on it, are attached as configured and put right like all else.</summary>
public sealed class SlowPathRepairTests : IAsyncLifetime
{
    private const string Part = "fragment holder";

    private readonly TwoNodes _nodes = new("bpf-hold");
    private readonly BpfMount _mount = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(AttachKind.Tcx)]
    [InlineData(AttachKind.Clsact)]
    public Task Interface_Deleted_IsMadeAgain(AttachKind attach) => DamageAsync(attach, () => _nodes.Net.Ip("one", "link del cn2t0"));

    [Theory]
    [InlineData(AttachKind.Tcx)]
    [InlineData(AttachKind.Clsact)]
    public Task Interface_SetDown_IsUpAgain(AttachKind attach) => DamageAsync(attach, () => _nodes.Net.Ip("one", "link set cn2t0 down"));

    [Fact]
    public Task Link_Detached_IsAttachedAgain() => DamageAsync(AttachKind.Tcx, () =>
    {
        using BpfHandle link = BpfCalls.OpenPin(Path.Combine(_mount.Directory, "node", $"v{MapSpecs.LayoutVersion}", "links", $"{IndexOfHolder()}-ingress"))!;
        BpfCalls.DetachLink(link);
    });

    [Fact]
    public Task Filter_Removed_IsSetAgain() => DamageAsync(AttachKind.Clsact, () => _nodes.Net.Exec("one", "tc", "filter", "del", "dev", "cn2t0", "ingress"));

    [Fact]
    public async Task Close_LeavesNeitherInterfaceNorPin()
    {
        EbpfPlane plane = _nodes.Open("one", DeliveryMode.Fast, _mount.Directory);
        int index = IndexOfHolder();
        string pins = Path.Combine(_mount.Directory, "node", $"v{MapSpecs.LayoutVersion}", "links");
        Assert.Contains(Path.Combine(pins, $"{index}-ingress"), Directory.GetFiles(pins));

        await _nodes.CloseAsync(plane);

        Assert.Equal(0, IndexOfHolder());
        Assert.DoesNotContain(Path.Combine(pins, $"{index}-ingress"), Directory.GetFiles(pins));
    }

    public async ValueTask DisposeAsync()
    {
        await _nodes.DisposeAsync();
        _mount.Dispose();
    }

    /// <summary>Does damage, waits until it is put right, and sends a datagram whose pieces come in reverse order.</summary>
    private async Task DamageAsync(AttachKind attach, Action damage)
    {
        EbpfPlane plane = _nodes.Open("one", DeliveryMode.Fast, _mount.Directory, attach);
        Assert.DoesNotContain(_nodes.Health.Read(), part => part.IsFaulty || part.Repairs > 0);

        damage();

        await PodNode.UntilAsync(
            () => _nodes.Health.Read().Any(part => part.Part == Part && part.Repairs > 0) && HoldsAt(plane) == IndexOfHolder(), "the slow path is put right");
        using Socket socket = _nodes.CreateSocket("client", IpFamily.IPv4, 40_000);
        byte[] payload = [.. Enumerable.Range(0, 2_000).Select(i => (byte)(i * 31 >> 3))];
        PacketSpec packet = new()
        {
            Source = TwoNodes.Client(IpFamily.IPv4),
            Destination = TwoNodes.Fip(IpFamily.IPv4, remote: false),
            Protocol = 17,
            SourcePort = 40_000,
            DestinationPort = TwoNodes.ServicePort,
            Payload = [.. payload],
        };
        _nodes.SendFrames(packet.Piece(1_408, 2_008, false).Build(), packet.Piece(704, 1_408, true).Build(), packet.Piece(0, 704, true).Build());

        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(20));
        byte[] buffer = new byte[4_000];
        int length = await socket.ReceiveAsync(buffer, patience.Token);
        Assert.Equal(payload, buffer[..length]);
        Assert.DoesNotContain(_nodes.Health.Read(), part => part.IsFaulty);
    }

    /// <summary>The interface that the programs hold fragments at.</summary>
    private static int HoldsAt(EbpfPlane plane)
    {
        _ = plane.Path["switches"].TryGet(0u, out ulong turn);
        return plane.Path["settings"].TryGet((uint)(turn & 1), out SettingsRow row) ? (int)row.HoldInterface : 0;
    }

    private int IndexOfHolder() => _nodes.Net.In("one").Run(() =>
    {
        using RtNetlink kernel = RtNetlink.Open();
        return kernel.GetLink("cn2t0")?.Index ?? 0;
    });
}
