using System.Net;
using System.Net.Sockets;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Lab.Namespaces;
using Orleans.Cn2.Lab.Topology;
using Orleans.Cn2.Testing.Netns;

namespace Orleans.Cn2.Lab.Tests;

public sealed class TopologyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Create_TwiceAndDestroyed_LeavesNothing()
    {
        LabOptions options = LabRun.Options("labtwice", 3);

        LabCluster first = await LabCluster.CreateAsync(options, null, Token);
        LabCluster second = await LabCluster.CreateAsync(options, null, Token);

        Assert.Equal(first.Nodes, second.Nodes);
        Assert.Contains("labtwice", LabCluster.List(options.StateRoot));
        Assert.True(await LabCluster.DestroyAsync("labtwice", Token, options.StateRoot));
        Assert.False(await LabCluster.DestroyAsync("labtwice", Token, options.StateRoot));
        Residue left = Residue.Of("labtwice");
        Assert.True(left.IsEmpty, left.ToString());
        Assert.False(File.Exists(options.StateRoot + "/labtwice.lock"));
    }

    [Fact]
    public async Task Nodes_AndOutside_ReachEachOtherInBothFamilies()
    {
        await using LabRun lab = await LabRun.UpAsync("labreach", 3);
        (string Name, IpAddress[] Addresses)[] hosts =
        [
            (lab.Cluster.Outside.NetworkNamespace, [lab.Cluster.Outside.V4, lab.Cluster.Outside.V6]),
            .. lab.Cluster.Nodes.Select(n => (n.NetworkNamespace, new[] { n.V4, n.V6, n.ReservedV4, n.ReservedV6 })),
        ];

        foreach ((string to, IpAddress[] addresses) in hosts)
        {
            using NetworkNamespace server = NetworkNamespace.Open(to);
            foreach (IpAddress address in addresses)
            {
                using Socket listener = Listen(server, address);
                foreach ((string from, _) in hosts)
                {
                    using NetworkNamespace client = NetworkNamespace.Open(from);
                    using Socket socket = client.CreateSocket(listener.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                    using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
                    limit.CancelAfter(TimeSpan.FromSeconds(3));
                    await socket.ConnectAsync(listener.LocalEndPoint!, limit.Token);
                }
            }
        }
    }

    [Fact]
    public async Task Destroy_WithoutStateFile_RemovesAllByWhatIsThere()
    {
        LabRun lab = await LabRun.UpAsync("labcrash");
        await lab.Cluster.ApplyAsync(Manifests.ManifestSet.FromFiles(LabRun.Example("nginx-dual-stack.yaml")), Token);
        await File.WriteAllTextAsync(Path.Combine(lab.Cluster.Directory, "state.json"), "{ half", Token);

        await lab.DisposeAsync();

        Residue left = Residue.Of("labcrash");
        Assert.True(left.IsEmpty, left.ToString());
    }

    [Fact]
    public async Task Create_StepFails_LeavesNothing()
    {
        // Passes the checks, but no gateway lies in 0.0.0.0/8: the kernel refuses a route when all namespaces exist.
        LabOptions options = LabRun.Options("labfail") with { OutsideV4 = IpPrefix.Parse("0.0.0.0/28") };

        LabException e = await Assert.ThrowsAsync<LabException>(() => LabCluster.CreateAsync(options, null, Token));

        Assert.StartsWith("ip -n cn2-labfail-outside: 'route add default via 0.0.0.1'", e.Message, StringComparison.Ordinal);
        Assert.True(Residue.Of("labfail").IsEmpty);
        Assert.False(File.Exists(options.StateRoot + "/labfail.lock"));
    }

    [Theory]
    [InlineData("Lab", 2, null, "lab name 'Lab'")]
    [InlineData("a-b", 2, null, "lab name 'a-b'")]
    [InlineData("ok", 0, null, "nodes 0")]
    [InlineData("ok", 201, null, "nodes 201")]
    [InlineData("ok", 2, "node3", "'node3': there is no such node")]
    public void Plan_OfBadOptions_NamesTheFault(string name, int nodes, string? via, string expected)
    {
        LabException e = Assert.Throws<LabException>(() => LabPlan.Of(new() { Name = name, Nodes = nodes, OutsideVia = via }));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_OfOverlappingPrefixes_NamesBoth()
    {
        LabException e = Assert.Throws<LabException>(() => LabPlan.Of(new() { ServicesV4 = IpPrefix.Parse("10.244.128.0/20") }));

        Assert.Equal("pods 10.244.0.0/16: overlaps with services 10.244.128.0/20", e.Message);
    }

    [Fact]
    public void Plan_OfDefaults_GivesNodesTheirPrefixes()
    {
        LabNode node = LabPlan.Of(new()).Nodes[1];

        Assert.Equal(("node2", "cn2-cn2-node2", "172.18.0.3", "fd00:18::3", "10.244.2.0/24", "fd00:244:0:2::/64", "10.244.2.1"), (
            node.Name, node.NetworkNamespace, node.V4.ToString(), node.V6.ToString(),
            node.PodsV4.ToString(), node.PodsV6.ToString(), node.ReservedV4.ToString()));
    }

    private static Socket Listen(NetworkNamespace ns, IpAddress address)
    {
        IPEndPoint at = new(address.ToIPAddress(), 0);
        Socket socket = ns.CreateSocket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(at);
        socket.Listen(16);
        return socket;
    }
}
