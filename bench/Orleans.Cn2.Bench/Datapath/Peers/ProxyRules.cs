using System.Globalization;
using System.Text;
using Orleans.Cn2.Bench.Datapath.Network;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Bench.Datapath.Peers;

/// <summary>One Service port as a kube-proxy sees it.</summary>
internal sealed record ProxiedPort(string Name, IpAddress Address, TransportProtocol Protocol, ushort Port, IReadOnlyList<string> BackEnds)
{
    public string ProtocolName => Protocol == TransportProtocol.Tcp ? "tcp" : "udp";

    /// <summary>The measured Service in the middle of so many others, as wide as the other tables have it.</summary>
    public static IReadOnlyList<ProxiedPort> All(IpFamily family, int others)
    {
        List<ProxiedPort> ports = [.. Enumerable.Range(0, others).Select(i => new ProxiedPort(
            $"other{i}", OtherAddress(family, i), TransportProtocol.Tcp, OtherServices.ServicePort,
            [.. Enumerable.Range(0, 2).Select(path => Endpoint(OtherBackEnd(family, (i * 2) + path), OtherServices.TargetPort))]))];
        ports.InsertRange(others / 2, from protocol in new[] { TransportProtocol.Udp, TransportProtocol.Tcp }
                                      select new ProxiedPort(
                                          $"bench{protocol}".ToLowerInvariant(), BenchNetwork.FloatingIp(family), protocol, BenchNetwork.Port,
                                          [.. Enumerable.Range(0, 2).Select(i => Endpoint(BenchNetwork.BackEndAddress(i, family), BenchNetwork.Port))]));
        return ports;
    }

    private static IpAddress OtherAddress(IpFamily family, int i) => family == IpFamily.IPv4
        ? OtherServices.AddressOf(i) : IpAddress.Parse($"fd00:97::{i + 1:x}");

    private static IpAddress OtherBackEnd(IpFamily family, int i) => family == IpFamily.IPv4
        ? OtherServices.BackEndOf(0, i, 0) : IpAddress.Parse($"fd00:100::{i + 1:x}");

    private static string Endpoint(IpAddress address, ushort port) => address.Family == IpFamily.IPv4
        ? string.Create(CultureInfo.InvariantCulture, $"{address}:{port}") : string.Create(CultureInfo.InvariantCulture, $"[{address}]:{port}");
}

/// <summary>Rules of the shape that kube-proxy writes, iptables mode (chains a service and an endpoint, statistic matches, masquerade marks).</summary>
internal static class IptablesRules
{
    /// <summary>Input of iptables-restore or ip6tables-restore.</summary>
    public static string Of(IpFamily family, int others)
    {
        IReadOnlyList<ProxiedPort> ports = ProxiedPort.All(family, others);
        StringBuilder text = new("*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n:KUBE-MARK-MASQ - [0:0]\n:KUBE-POSTROUTING - [0:0]\n");
        for (int i = 0; i < ports.Count; i++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $":KUBE-SVC-{i:d8} - [0:0]");
            for (int j = 0; j < ports[i].BackEnds.Count; j++)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $":KUBE-SEP-{i:d8}-{j} - [0:0]");
            }
        }

        text.Append("""
            -A PREROUTING -j KUBE-SERVICES
            -A POSTROUTING -j KUBE-POSTROUTING
            -A KUBE-MARK-MASQ -j MARK --or-mark 0x4000
            -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
            -A KUBE-POSTROUTING -j MARK --xor-mark 0x4000
            -A KUBE-POSTROUTING -j MASQUERADE --random-fully

            """);
        for (int i = 0; i < ports.Count; i++)
        {
            Append(text, ports[i], i);
        }

        return text.Append("COMMIT\n").ToString();
    }

    private static void Append(StringBuilder text, ProxiedPort port, int i)
    {
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"-A KUBE-SERVICES -d {port.Address} -p {port.ProtocolName} -m {port.ProtocolName} --dport {port.Port} -m comment --comment \"default/{port.Name} cluster IP\" -j KUBE-SVC-{i:d8}");
        for (int j = 0; j < port.BackEnds.Count; j++)
        {
            int left = port.BackEnds.Count - j;
            string odds = left == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"-m statistic --mode random --probability {1.0 / left:0.0000000000} ");
            string address = port.BackEnds[j][..port.BackEnds[j].LastIndexOf(':')].Trim('[', ']');
            text.AppendLine(CultureInfo.InvariantCulture, $"-A KUBE-SVC-{i:d8} -m comment --comment \"default/{port.Name} -> {port.BackEnds[j]}\" {odds}-j KUBE-SEP-{i:d8}-{j}");
            text.AppendLine(CultureInfo.InvariantCulture, $"-A KUBE-SEP-{i:d8}-{j} -s {address} -j KUBE-MARK-MASQ");
            text.AppendLine(CultureInfo.InvariantCulture, $"-A KUBE-SEP-{i:d8}-{j} -p {port.ProtocolName} -m {port.ProtocolName} -j DNAT --to-destination {port.BackEnds[j]}");
        }
    }
}

/// <summary>Rules of the shape that kube-proxy writes, nftables mode: a verdict map from address, protocol and port to a chain a service.</summary>
internal static class NftablesRules
{
    /// <summary>Input of <c>nft -f -</c>.</summary>
    public static string Of(IpFamily family, int others)
    {
        string ip = family == IpFamily.IPv4 ? "ip" : "ip6";
        IReadOnlyList<ProxiedPort> ports = ProxiedPort.All(family, others);
        StringBuilder text = new();
        void Line(FormattableString line) => text.AppendLine(FormattableString.Invariant(line));
        string table = $"{ip} kube-proxy";
        Line($"add table {table}");
        Line($"add chain {table} mark-for-masquerade");
        Line($"add rule {table} mark-for-masquerade meta mark set meta mark or 0x4000");
        Line($"add map {table} service-ips {{ type {(ip == "ip" ? "ipv4_addr" : "ipv6_addr")} . inet_proto . inet_service : verdict ; }}");
        for (int i = 0; i < ports.Count; i++)
        {
            Line($"add chain {table} service-{i}");
            for (int j = 0; j < ports[i].BackEnds.Count; j++)
            {
                string endpoint = ports[i].BackEnds[j];
                string address = endpoint[..endpoint.LastIndexOf(':')].Trim('[', ']');
                Line($"add chain {table} endpoint-{i}-{j}");
                Line($"add rule {table} endpoint-{i}-{j} {ip} saddr {address} jump mark-for-masquerade");
                Line($"add rule {table} endpoint-{i}-{j} meta l4proto {ports[i].ProtocolName} dnat to {endpoint}");
            }

            string choice = string.Join(" , ", Enumerable.Range(0, ports[i].BackEnds.Count).Select(j => $"{j} : goto endpoint-{i}-{j}"));
            Line($"add rule {table} service-{i} numgen random mod {ports[i].BackEnds.Count} vmap {{ {choice} }}");
            Line($"add element {table} service-ips {{ {ports[i].Address} . {ports[i].ProtocolName} . {ports[i].Port} : goto service-{i} }}");
        }

        Line($"add chain {table} services");
        Line($"add rule {table} services {ip} daddr . meta l4proto . th dport vmap @service-ips");
        Line($"add chain {table} nat-prerouting {{ type nat hook prerouting priority -100 ; policy accept ; }}");
        Line($"add rule {table} nat-prerouting jump services");
        Line($"add chain {table} nat-postrouting {{ type nat hook postrouting priority 100 ; }}");
        Line($"add rule {table} nat-postrouting meta mark & 0x4000 == 0x4000 masquerade random");
        return text.ToString();
    }
}
