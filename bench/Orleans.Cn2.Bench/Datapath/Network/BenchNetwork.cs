using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;
using Orleans.Cn2.Lab.Namespaces;
using Orleans.Cn2.Testing.Netns;

namespace Orleans.Cn2.Bench.Datapath.Network;

/// <summary>A node with a client pod and two back-end pods, each in a network namespace, joined by veth pairs and routed by the node.</summary>
internal sealed class BenchNetwork : IDisposable
{
    public const string Client = "client";
    public const string Node = "node";
    public const ushort Port = 9000;
    public static readonly string[] BackEnds = ["one", "two"];

    private readonly TestNetwork _net;

    /// <param name="name">Tells its namespaces from those of other contestants.</param>
    public BenchNetwork(string name)
    {
        _net = new TestNetwork("cn2bench-" + name);
        try
        {
            _net.Add([Client, Node, .. BackEnds]);
            foreach ((string pod, int i) in new[] { Client }.Concat(BackEnds).Select((pod, i) => (pod, i)))
            {
                AddPod(pod, i);
            }

            // Without NAPI on the receiving end a veth takes no frames from XDP, and GRO is what turns NAPI on.
            _net.Exec(Node, "ethtool", "-K", "cn2p0", "gro", "on");
            _net.Ip(Node, "addr add 192.0.2.1/32 dev lo", "addr add 2001:db8:1::1/128 dev lo");
            _net.Set(Node, "net/ipv4/ip_forward", "1");
            _net.Set(Node, "net/ipv6/conf/all/forwarding", "1");
            _net.Set(Client, "net/ipv4/ip_local_port_range", "1024 65535");
            _net.Set(Client, "net/ipv4/tcp_max_tw_buckets", "0");
            foreach (string backEnd in BackEnds)
            {
                _net.Set(backEnd, "net/core/somaxconn", "65535");
            }
        }
        catch
        {
            _net.Dispose();
            throw;
        }
    }

    public NetworkNamespace In(string name) => _net.In(name);

    public string NameOf(string name) => _net.Name(name);

    public static IpAddress AddressOf(int pod, IpFamily family) => IpAddress.Parse(family == IpFamily.IPv4 ? $"10.244.{pod}.2" : $"fd00:244:{pod:x}::2");

    public static IpAddress ClientAddress(IpFamily family) => AddressOf(0, family);

    public static IpAddress BackEndAddress(int index, IpFamily family) => AddressOf(index + 1, family);

    public static IpAddress FloatingIp(IpFamily family) => IpAddress.Parse(family == IpFamily.IPv4 ? "10.96.0.10" : "fd00:96::10");

    /// <summary>An interface of a namespace: its index and MAC address.</summary>
    public Link LinkOf(string ns, string name) => _net.In(ns).Run(() =>
    {
        using RtNetlink netlink = RtNetlink.Open();
        return netlink.GetLink(name) ?? throw new InvalidOperationException($"{ns} has no interface {name}");
    });

    /// <summary>Runs a program in a namespace, with this input, to its end.</summary>
    public string Feed(string ns, string input, string program, params string[] arguments) => _net.Feed(ns, input, program, arguments);

    public void Dispose() => _net.Dispose();

    private void AddPod(string name, int i)
    {
        _net.Veth(Node, $"cn2p{i}", name, "eth0");
        _net.Ip(Node, $"addr add 10.244.{i}.1/24 dev cn2p{i}", $"addr add fd00:244:{i:x}::1/64 dev cn2p{i}");
        _net.Ip(name,
            $"addr add 10.244.{i}.2/24 dev eth0", $"addr add fd00:244:{i:x}::2/64 dev eth0",
            $"route add default via 10.244.{i}.1", $"route add default via fd00:244:{i:x}::1");
    }
}
