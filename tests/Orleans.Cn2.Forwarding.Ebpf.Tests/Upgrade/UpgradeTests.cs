using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Tables;
using Orleans.Cn2.Forwarding.Ebpf.Attach;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Native;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Ebpf.Upgrade;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Upgrade;

/// <summary>A plane of another map layout takes over what an earlier one pinned, or says why not.</summary>
public sealed class UpgradeTests : IDisposable
{
    private const int Next = MapSpecs.LayoutVersion + 1;

    private readonly PodNode _node = new("bpf-upgrade");
    private readonly BpfMount _mount = new();

    [Theory]
    [InlineData(AttachKind.Tcx, IpFamily.IPv4)]
    [InlineData(AttachKind.Tcx, IpFamily.IPv6)]
    [InlineData(AttachKind.Clsact, IpFamily.IPv4)]
    [InlineData(AttachKind.Clsact, IpFamily.IPv6)]
    public async Task Open_EarlierLayoutIsPinned_TablesAndFlowsGoOnAndTheEarlierPinsGo(AttachKind attach, IpFamily family)
    {
        (Socket client, TableDigest digest) = await RunFirstAsync(attach, family);
        using Socket connection = client;

        await using EbpfPlane second = Open(attach, Next);

        Assert.Equal("two", await PodNode.EchoAsync(connection, "two"));
        Assert.Equal(digest, second.ReadDigest(0));
        Assert.Equal(2ul, second.Boot);
        Assert.Single(second.ReadFlows(new FlowFilter(default, default, default), 10));
        Assert.Equal([$"v{Next}"], Directory.GetDirectories(Path.Combine(_mount.Directory, "node")).Select(path => Path.GetFileName(path)));
        Assert.DoesNotContain(_node.Health.Read(), part => part.IsFaulty);

        // The flow is the second plane's: it ends by its hand.
        Assert.Empty(second.Apply(PodNode.Service(family)));
        SocketException reset = await Assert.ThrowsAsync<SocketException>(() => PodNode.EchoAsync(connection, "three"));
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    [Fact]
    public async Task Open_NewerLayoutIsPinned_IsRefusedAndForwardsOn()
    {
        using Socket connection = (await RunFirstAsync(AttachKind.Tcx, IpFamily.IPv4)).Client;
        await Open(AttachKind.Tcx, Next).DisposeAsync();

        ForwardingUnavailableException refused = Assert.Throws<ForwardingUnavailableException>(() => Open(AttachKind.Tcx, MapSpecs.LayoutVersion));

        Assert.Contains($"holds maps of layout {Next}, this build knows up to {MapSpecs.LayoutVersion}", refused.Message, StringComparison.Ordinal);
        Assert.Equal("on", await PodNode.EchoAsync(connection, "on"));
    }

    [Fact]
    public async Task Open_ValuesOfAMapChanged_AreConvertedOrRefused()
    {
        using Socket connection = (await RunFirstAsync(AttachKind.Tcx, IpFamily.IPv4)).Client;
        WidenInterfaces();

        InvalidDataException refused = Assert.Throws<InvalidDataException>(() => Open(AttachKind.Tcx, Next));
        Assert.Contains("no conversion is known", refused.Message, StringComparison.Ordinal);
        Assert.Equal("on", await PodNode.EchoAsync(connection, "on"));
        Assert.False(Directory.Exists(Path.Combine(_mount.Directory, "node", $"v{Next}")));

        int converted = 0;
        await using EbpfPlane plane = Open(AttachKind.Tcx, Next, ("interfaces", (earlier, value) =>
        {
            converted++;
            value.Clear();
            value[0] = (byte)BinaryPrimitives.ReadUInt32LittleEndian(earlier);
        }
        ));
        Assert.Equal(2, converted);
        Assert.Equal("two", await PodNode.EchoAsync(connection, "two"));
    }

    [Theory]
    [InlineData(AttachKind.Tcx, IpFamily.IPv4)]
    [InlineData(AttachKind.Clsact, IpFamily.IPv6)]
    public async Task Open_PinnedMapsAreTooSmall_AreReplacedByLargerOnesAndFlowsGoOn(AttachKind attach, IpFamily family)
    {
        (Socket client, TableDigest digest) = await RunFirstAsync(attach, family);
        using Socket connection = client;
        EbpfCapacity larger = EbpfEngine.Small with { Flows = 50_000, EmbryonicFlows = 20_000, Services = 2_048, Paths = 10_000, Slots = 2_097_152 };

        await using (EbpfPlane second = Open(attach, larger))
        {
            Assert.Equal("two", await PodNode.EchoAsync(connection, "two"));
            Assert.Equal((digest, 2ul), (second.ReadDigest(0), second.Boot));
            Assert.Single(second.ReadFlows(new FlowFilter(default, default, default), 10));
            Assert.Equal((50_000, 2_097_152), (second.ReadStatus().FlowsCapacity, second.ReadStatus().SlotsCapacity));
        }

        Assert.Equal([$"v{MapSpecs.LayoutVersion}"], Directory.GetDirectories(Path.Combine(_mount.Directory, "node")).Select(path => Path.GetFileName(path)));
        Assert.Equal("three", await PodNode.EchoAsync(connection, "three"));

        // Smaller ones might not hold what is there.
        await using EbpfPlane third = Open(attach, EbpfEngine.Small);
        Assert.Equal("four", await PodNode.EchoAsync(connection, "four"));
        Assert.Equal((50_000, 2_097_152), (third.ReadStatus().FlowsCapacity, third.ReadStatus().SlotsCapacity));
        Assert.DoesNotContain(_node.Health.Read(), part => part.IsFaulty);

        // The flow is this plane's: it ends by its hand.
        Assert.Empty(third.Apply(PodNode.Service(family)));
        SocketException reset = await Assert.ThrowsAsync<SocketException>(() => PodNode.EchoAsync(connection, "five"));
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    [Fact]
    public async Task Open_GrowthWasInterrupted_IsFinished()
    {
        using Socket connection = (await RunFirstAsync(AttachKind.Tcx, IpFamily.IPv4)).Client;
        EbpfCapacity larger = EbpfEngine.Small with { Flows = 50_000 };
        using (PinDirectory pins = PinDirectory.Open(_mount.Directory, "node", MapSpecs.LayoutVersion, MapSpecs.Of(larger)))
        {
            Assert.NotNull(pins.Earlier);
        }

        await using EbpfPlane plane = Open(AttachKind.Tcx, larger);

        Assert.Equal("two", await PodNode.EchoAsync(connection, "two"));
        Assert.Equal(50_000, plane.ReadStatus().FlowsCapacity);
        Assert.Equal([$"v{MapSpecs.LayoutVersion}"], Directory.GetDirectories(Path.Combine(_mount.Directory, "node")).Select(path => Path.GetFileName(path)));
    }

    public void Dispose()
    {
        _node.Dispose();
        _mount.Dispose();
    }

    private EbpfPlane Open(AttachKind attach, EbpfCapacity capacity) =>
        _node.Open(DeliveryMode.Fast, attach, _mount.Directory, with: options => options with { Capacity = capacity });

    private EbpfPlane Open(AttachKind attach, int layout, params (string Map, ValueConverter Converter)[] converters) => _node.Open(
        DeliveryMode.Fast, attach, _mount.Directory, configure: layout == MapSpecs.LayoutVersion,
        with: options => options with { Layout = layout, Converters = converters.ToDictionary(each => each.Map, each => each.Converter) });

    private async Task<(Socket Client, TableDigest Digest)> RunFirstAsync(AttachKind attach, IpFamily family)
    {
        _node.ServeEcho("server", family);
        await using EbpfPlane first = Open(attach, MapSpecs.LayoutVersion);
        Assert.Empty(first.Apply(PodNode.Service(family, PodNode.Server(family))));
        Socket client = _node.CreateSocket("client", family, SocketType.Stream);
        await client.ConnectAsync(new IPEndPoint(PodNode.FloatingIp(family).ToIPAddress(), 80), TestContext.Current.CancellationToken);
        Assert.Equal("one", await PodNode.EchoAsync(client, "one"));
        return (client, first.ReadDigest(0));
    }

    /// <summary>As if the layout before had kept the role of an interface in a word of its own.</summary>
    private void WidenInterfaces()
    {
        string pin = Path.Combine(_mount.Directory, "node", $"v{MapSpecs.LayoutVersion}", "maps", "interfaces");
        using BpfMap now = new(new MapSpec("interfaces", BpfMapType.Hash, sizeof(uint), 4, 1, MapFlags.NoPreallocation), BpfCalls.OpenPin(pin)!);
        using BpfMap wide = BpfMap.Create(now.Spec with { ValueSize = 8, Capacity = 64 });
        foreach ((byte[] keys, byte[] values, int count) in now.RawSlices(64))
        {
            for (int i = 0; i < count; i++)
            {
                wide.SetRaw(keys.AsSpan(i * 4, 4), [values[i * 4], 0, 0, 0, 0, 0, 0, 0], overwrite: true);
            }
        }

        File.Delete(pin);
        BpfCalls.Pin(wide.Handle, pin);
    }
}
