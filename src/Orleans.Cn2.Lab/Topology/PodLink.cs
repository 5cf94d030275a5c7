using System.Collections.Immutable;
using System.Globalization;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Lab.Topology;

/// <summary>
/// A pod's link to its node: routed point to point. Both ends know the other's MAC by static neighbour entries, so
/// that nothing waits for ARP or ND and no answer depends on an address of the node's end.
/// </summary>
internal sealed record PodLink(string PodNamespace, string NodeNamespace, string NodeInterface, IpAddress V4, IpAddress V6)
{
    private const string GatewayV4 = "169.254.1.1";
    private const string GatewayV6 = "fe80::1";

    /// <summary>Interface name of at most 15 characters, the same for the same pod.</summary>
    public static string InterfaceName(string uid)
    {
        uint hash = 2166136261;
        foreach (char c in uid)
        {
            hash = (hash ^ c) * 16777619;
        }

        return $"cn2p{hash:x8}";
    }

    /// <summary>Namespace and link, run from outside.</summary>
    public ImmutableArray<string> Links() =>
    [
        $"netns add {PodNamespace}",
        $"link add eth0 netns {PodNamespace} address {Mac(0x58)} type veth peer name {NodeInterface} address {Mac(0x59)} netns {NodeNamespace}",
    ];

    public ImmutableArray<string> InPod() =>
    [
        "link set lo up",
        "link set eth0 up",
        $"addr add {V4}/32 dev eth0",
        $"addr add {V6}/128 dev eth0 nodad",
        $"neigh add {GatewayV4} lladdr {Mac(0x59)} dev eth0 nud permanent",
        $"neigh add {GatewayV6} lladdr {Mac(0x59)} dev eth0 nud permanent",
        $"route add {GatewayV4} dev eth0 scope link",
        $"route add default via {GatewayV4} dev eth0 src {V4}",
        $"route add ::/0 via {GatewayV6} dev eth0 src {V6}",
    ];

    public ImmutableArray<string> InNode() =>
    [
        $"link set {NodeInterface} up",
        $"addr add {GatewayV6}/64 dev {NodeInterface} nodad",
        $"neigh add {V4} lladdr {Mac(0x58)} dev {NodeInterface} nud permanent",
        $"neigh add {V6} lladdr {Mac(0x58)} dev {NodeInterface} nud permanent",
        $"route add {V4}/32 dev {NodeInterface}",
        $"route add {V6}/128 dev {NodeInterface}",
    ];

    // Locally administered, from the pod's IPv4 address: an address taken again meets the same MAC, never a stale one.
    private string Mac(byte end)
    {
        uint bits = (uint)V4.Bits;
        return string.Create(CultureInfo.InvariantCulture,
            $"02:{end:x2}:{bits >> 24:x2}:{(bits >> 16) & 255:x2}:{(bits >> 8) & 255:x2}:{bits & 255:x2}");
    }
}
