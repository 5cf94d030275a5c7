using System.Globalization;
using Orleans.Cn2.Bench.Datapath.Network;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Bench.Datapath.Peers;

/// <summary>kube-proxy's iptables mode: its rules, not the program.</summary>
internal sealed class IptablesContestant : Contestant
{
    public IptablesContestant(int others)
        : base(string.Create(CultureInfo.InvariantCulture, $"iptables, {others} services"), $"ipt{others}")
    {
        Network.Feed(BenchNetwork.Node, IptablesRules.Of(IpFamily.IPv4, others), "iptables-legacy-restore");
        Network.Feed(BenchNetwork.Node, IptablesRules.Of(IpFamily.IPv6, others), "ip6tables-legacy-restore");
    }
}

/// <summary>kube-proxy's nftables mode: its rules, not the program.</summary>
internal sealed class NftablesContestant : Contestant
{
    /// <summary>More of them take minutes to load and hold the machine up meanwhile.</summary>
    private const int Most = 1_000;

    public NftablesContestant(int others)
        : base(string.Create(CultureInfo.InvariantCulture, $"nftables, {others} services"), $"nft{others}")
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(others, Most);
        Network.Feed(BenchNetwork.Node, NftablesRules.Of(IpFamily.IPv4, others), "nft", "-f", "-");
        Network.Feed(BenchNetwork.Node, NftablesRules.Of(IpFamily.IPv6, others), "nft", "-f", "-");
    }
}
