using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Orleans.Cn2.Lab;
using Orleans.Cn2.Lab.Namespaces;
using Orleans.Cn2.Netns.Tests.Traffic;
using Orleans.Cn2.Testing.Processes;

namespace Orleans.Cn2.Netns.Tests.Matrix;

public abstract class ChecksumTests(MatrixLab lab)
{
    private const int Megabytes = 4 * 1024 * 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public async Task BulkTransfer_OffloadsOn_ArrivesWholeFromEverywhereAndNoKernelFindsAWrongChecksum(int family)
    {
        SortedDictionary<string, long> before = ChecksumErrors.Of(lab.Namespaces());
        await using BulkServer local = Serve("srv-0");
        await using BulkServer remote = Serve("srv-1");

        await ForEachPathAsync(family, async (from, address) =>
        {
            await BulkClient.TcpAsync(from, address, Megabytes);
            await BulkClient.UdpAsync(from, address, count: 200, longest: 1400);
        });

        Assert.Contains(before.Keys, counter => counter.EndsWith("Tcp:InCsumErrors", StringComparison.Ordinal));
        Assert.Contains(before.Keys, counter => counter.EndsWith("Udp6InCsumErrors", StringComparison.Ordinal));
        Assert.Equal(before, ChecksumErrors.Of(lab.Namespaces()));
    }

    [Fact]
    public async Task Captures_OffloadsOff_EveryChecksumVerifiesOnBothSides()
    {
        string[] namespaces = [.. lab.Namespaces()];
        (string Namespace, string Interface)[] links = [.. namespaces.SelectMany(name => MatrixLab.LinksOf(name).Select(link => (name, link)))];
        string directory = Directory.CreateTempSubdirectory("cn2-captures-").FullName;
        await OffloadAsync(links, "off");
        try
        {
            Capture[] captures = [.. (await Task.WhenAll(lab.Places.Append(("back end srv-1", lab.Pod("srv-1").NetworkNamespace))
                .Select(place => Capture.StartAsync(place.Item2, "eth0", Path.Combine(directory, place.Item2 + ".pcap")))))];
            await using (BulkServer local = Serve("srv-0"))
            await using (BulkServer remote = Serve("srv-1"))
            {
                foreach (int family in (int[])[4, 6])
                {
                    await ForEachPathAsync(family, async (from, address) =>
                    {
                        await BulkClient.TcpAsync(from, address, 32 * 1024);
                        await BulkClient.UdpAsync(from, address, count: 12, longest: 1400);
                        await PingAsync(from, address);
                    });
                    await ForEachPlaceAsync(async from => await RefusedAsync(from, await lab.FloatingIpAsync("none", family)));
                }
            }

            foreach (Capture capture in captures)
            {
                await capture.DisposeAsync();
                ChecksumVerdicts verdicts = await capture.VerdictsAsync();
                Assert.True(verdicts.Bad.Count == 0, $"{capture.NetworkNamespace}: {verdicts.Bad.Count} packets with a wrong checksum: {string.Join("; ", verdicts.Bad.Take(3))}");
                Assert.True(verdicts is { Tcp: > 50, Udp: > 20 }, $"{capture.NetworkNamespace}: {verdicts}");
            }
        }
        finally
        {
            await OffloadAsync(links, "on");
            Directory.Delete(directory, recursive: true);
        }
    }

    private BulkServer Serve(string name)
    {
        LabPod pod = lab.Pod(name);
        return BulkServer.Start(pod.NetworkNamespace, pod.V4.ToIPAddress(), pod.V6.ToIPAddress());
    }

    /// <summary>Pod, nodes, outside and a back end itself, each to a back end on node1 and to one on node2: local, remote and hairpin.</summary>
    private async Task ForEachPathAsync(int family, Func<string, IPAddress, Task> send)
    {
        foreach (string service in (string[])["srv-0", "srv-1"])
        {
            IPAddress address = await lab.FloatingIpAsync(service, family);
            await ForEachPlaceAsync(from => send(from, address));
        }
    }

    private async Task ForEachPlaceAsync(Func<string, Task> send)
    {
        foreach ((string label, string from) in lab.Places)
        {
            try
            {
                await send(from);
            }
            catch (Exception failure) when (failure is OperationCanceledException or IOException or SocketException)
            {
                Assert.Fail($"from {label}: {failure.Message}");
            }
        }
    }

    private static async Task PingAsync(string from, IPAddress address)
    {
        using NetworkNamespace ns = NetworkNamespace.Open(from);
        PingReply reply = await Task.Run(() => ns.Run(() =>
        {
            using Ping ping = new();
            return ping.Send(address, 2000);
        }), Token);
        Assert.Equal(IPStatus.Success, reply.Status);
    }

    /// <summary>No endpoints: TCP is answered by RST, UDP by an ICMP error, both of which have checksums too.</summary>
    private static async Task RefusedAsync(string from, IPAddress address)
    {
        using NetworkNamespace ns = NetworkNamespace.Open(from);
        using Socket tcp = ns.CreateSocket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        SocketException refused = await Assert.ThrowsAsync<SocketException>(async () => await tcp.ConnectAsync(new IPEndPoint(address, 80), Token));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        using Socket udp = ns.CreateSocket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await udp.ConnectAsync(new IPEndPoint(address, 80), Token);
        await udp.SendAsync(new byte[] { 1, 2, 3 }, Token);
        refused = await Assert.ThrowsAsync<SocketException>(async () => await udp.ReceiveAsync(new byte[16], Token).AsTask().WaitAsync(TimeSpan.FromSeconds(3), Token));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    private static async Task OffloadAsync((string Namespace, string Interface)[] links, string state)
    {
        foreach ((string name, string link) in links)
        {
            (int status, string output, _) = await ProgramRun.RunAsync("nsenter", [$"--net=/run/netns/{name}", "--", "ethtool", "-K", link, "tx", state]);
            Assert.True(status == 0, $"{name} {link}: {output}");
        }
    }
}
