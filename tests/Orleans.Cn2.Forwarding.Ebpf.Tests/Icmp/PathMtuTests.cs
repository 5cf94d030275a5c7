using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Icmp;

/// <summary>
/// Path MTU discovery through a FloatingIP: one hop of 1,280 bytes that neither end knows of. A transfer hangs unless the sender is told, about the packets
/// that it knows.
/// </summary>
[Collection(RoutedNetworkTests.Name)]
public sealed class PathMtuTests
{
    private const int Narrow = 1280;

    private readonly RoutedNetwork _network;

    public PathMtuTests(RoutedNetwork network)
    {
        _network = network;
        network.Reset();
    }

    public static TheoryData<DeliveryMode, bool> Matrix => new(
        from mode in Enum.GetValues<DeliveryMode>() from offloads in new[] { false, true } select (mode, offloads));

    private static IEnumerable<IpFamily> Families => [IpFamily.IPv4, IpFamily.IPv6];

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Upload_NarrowHopBeforeTheVmi_TheClientLearnsIt(DeliveryMode mode, bool offloads)
    {
        _network.SetOffloads(offloads);
        _network.SetMtu("exit", "south", Narrow);
        await using EbpfPlane plane = _network.Open(mode, "remote");

        foreach (IpFamily family in Families)
        {
            await Transfer.UploadAsync(_network, family, "client", "remote");

            AssertLearned("client", RoutedNetwork.FloatingIp(family));
        }
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Download_NarrowHopBeforeTheClient_TheVmiLearnsIt(DeliveryMode mode, bool offloads)
    {
        _network.SetOffloads(offloads);
        _network.SetMtu("gate", "south", Narrow);
        await using EbpfPlane plane = _network.Open(mode, "server");

        foreach (IpFamily family in Families)
        {
            await Transfer.DownloadAsync(_network, family, "guest", "server");

            AssertLearned("server", RoutedNetwork.Of("guest", family));
        }
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Upload_TheNodeIsTheNarrowHop_TheClientLearnsIt(DeliveryMode mode, bool offloads)
    {
        _network.SetOffloads(offloads);
        _network.SetMtu("node", "cn2p3", Narrow);
        await using EbpfPlane plane = _network.Open(mode, "server");

        foreach (IpFamily family in Families)
        {
            await Transfer.UploadAsync(_network, family, "client", "server");

            AssertLearned("client", RoutedNetwork.FloatingIp(family));
        }

        Assert.Equal(mode == DeliveryMode.Fast, plane.ReadReasons().Any(count => count is { Reason: DropReason.PacketTooBig, Reject: true }));
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Download_TheNodeIsTheNarrowHop_TheVmiLearnsIt(DeliveryMode mode, bool offloads)
    {
        _network.SetOffloads(offloads);
        _network.SetMtu("node", "cn2p2", Narrow);
        await using EbpfPlane plane = _network.Open(mode, "server");

        foreach (IpFamily family in Families)
        {
            await Transfer.DownloadAsync(_network, family, "client", "server");

            AssertLearned("server", RoutedNetwork.Of("client", family));
        }
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Upload_FromTheNodeItself_LearnsTheNarrowHop(DeliveryMode mode, bool offloads)
    {
        _network.SetOffloads(offloads);
        _network.SetMtu("exit", "south", Narrow);
        await using EbpfPlane plane = _network.Open(mode, "remote");

        foreach (IpFamily family in Families)
        {
            await Transfer.UploadAsync(_network, family, "node", "remote");

            AssertLearned("node", RoutedNetwork.FloatingIp(family));
        }
    }

    private void AssertLearned(string host, IpAddress destination) => Assert.Contains(
        $"mtu {Narrow}", _network.Net.Exec(host, "ip", "route", "get", destination.ToString()), StringComparison.Ordinal);
}
