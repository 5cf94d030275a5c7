using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Tests.Packets;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Upgrade;

/// <summary>The real worker killed and started again, without any control plane, while traffic runs through what it pinned.</summary>
public sealed class WorkerRestartTests : IDisposable
{
    private const int Restarts = 3;
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LossPatience = TimeSpan.FromSeconds(30);

    private readonly PodNode _node = new("bpf-restart");
    private readonly BpfMount _mount = new();
    private readonly string _state = Directory.CreateTempSubdirectory("cn2-restart").FullName;
    private readonly CancellationTokenSource _traffic = new();

    [Theory]
    [InlineData(IpFamily.IPv4)]
    [InlineData(IpFamily.IPv6)]
    public async Task Kill_AndRestart_LosesNoPacketOfEstablishedFlows(IpFamily family)
    {
        _node.ServeEcho("server", family);
        _node.ServeUdp("server", family);
        await using (EbpfPlane plane = _node.Open(DeliveryMode.Fast, pinRoot: _mount.Directory))
        {
            Assert.Empty(plane.Apply(PodNode.Service(family, PodNode.Server(family))));
        }

        Task<int> stream = StreamAsync(family), datagrams = DatagramsAsync(family);
        for (int i = 0; i < Restarts; i++)
        {
            using Process worker = Start();
            await UntilReadyAsync(worker);
            worker.Kill();
            await worker.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await _traffic.CancelAsync();

        // Each counts what it sent after having seen all of it come back, in order.
        Assert.True(await stream > 0);
        Assert.True(await datagrams > 0);

        // The node's own processes are served too before any settings have come.
        using Process last = Start();
        await UntilReadyAsync(last);
        _node.ServeTcp("server", family, 8081);
        Assert.Equal($"seen {PodNode.Node(family)}", await _node.AskUdpAsync("node", family));
        last.Kill();
        await last.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        _node.Dispose();
        _mount.Dispose();
        _traffic.Dispose();
        Directory.Delete(_state, recursive: true);
    }

    private async Task<int> StreamAsync(IpFamily family)
    {
        using Socket socket = _node.CreateSocket("client", family, SocketType.Stream);
        await socket.ConnectAsync(new IPEndPoint(PodNode.FloatingIp(family).ToIPAddress(), 80), TestContext.Current.CancellationToken);
        int sent = 0;
        for (; !_traffic.IsCancellationRequested; sent++)
        {
            Assert.Equal($"number {sent}", await PodNode.EchoAsync(socket, $"number {sent}"));
        }

        return sent;
    }

    /// <summary>A request and its answer at a time from one port; a lost one would not be sent again.</summary>
    private async Task<int> DatagramsAsync(IpFamily family)
    {
        using Socket socket = _node.CreateSocket("client", family, SocketType.Dgram);
        await socket.ConnectAsync(new IPEndPoint(PodNode.FloatingIp(family).ToIPAddress(), 53), TestContext.Current.CancellationToken);
        using PeriodicTimer timer = new(Gap);
        int sent = 0;
        for (; !_traffic.IsCancellationRequested; sent++)
        {
            Assert.Equal($"seen {PodNode.Pod(family, 2)}", await AnswerAsync(socket, sent));
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        return sent;
    }

    /// <summary>The answer to a datagram; where it is lost the drops of the data path tell why.</summary>
    private async Task<string> AnswerAsync(Socket socket, int number)
    {
        try
        {
            return await PodNode.EchoAsync(socket, $"number {number}", LossPatience);
        }
        catch (OperationCanceledException)
        {
            await _traffic.CancelAsync();
            await using EbpfPlane plane = _node.Open(DeliveryMode.Fast, pinRoot: _mount.Directory, configure: false);
            return $"datagram {number} was lost; drops: {string.Join(", ", plane.ReadReasons().Where(count => count.Packets > 0))}";
        }
    }

    private Process Start() => Process.Start(new ProcessStartInfo("nsenter",
    [
        $"--net=/run/netns/{_node.Net.Name("node")}", "--", Worker, "--node", "node", "--silo", "http://127.0.0.1:1", "--state", _state,
        "--pin-root", _mount.Directory, "--pod-interfaces", "cn2p*", "--uplinks", "up*", "--mode", "fast",
    ])
    { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static async Task UntilReadyAsync(Process worker)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (await worker.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.Contains("vrouter of node node", StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"the worker ended: {await worker.StandardError.ReadToEndAsync(patience.Token)}");
    }

    private static string Worker => Path.Combine(Root(), "src", "Orleans.Cn2.Worker", "bin", "Release", "net10.0", "cn2-vrouter");

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
