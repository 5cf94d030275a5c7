using Orleans.Cn2.Lab.Namespaces;

namespace Orleans.Cn2.Lab.Topology;

/// <summary>Kernel settings of a namespace; written before its interfaces come up, since they inherit <c>default</c>.</summary>
internal static class NamespaceSettings
{
    private static readonly (string Key, string Value)[] Everywhere =
    [
        ("ipv6/conf/all/accept_dad", "0"), ("ipv6/conf/default/accept_dad", "0"),
        ("ipv6/conf/all/accept_ra", "0"), ("ipv6/conf/default/accept_ra", "0"),
        ("ipv4/conf/all/rp_filter", "1"), ("ipv4/conf/default/rp_filter", "1"),
        ("ipv4/conf/all/accept_redirects", "0"), ("ipv4/conf/default/accept_redirects", "0"),
        ("ipv6/conf/all/accept_redirects", "0"), ("ipv6/conf/default/accept_redirects", "0"),
        // Room for the source ports of a load of short connections.
        ("ipv4/ip_local_port_range", "10240 65535"),
    ];

    private static readonly (string Key, string Value)[] Router =
    [
        ("ipv4/ip_forward", "1"), ("ipv6/conf/all/forwarding", "1"), ("ipv6/conf/default/forwarding", "1"),
        ("ipv4/conf/all/send_redirects", "0"), ("ipv4/conf/default/send_redirects", "0"),
        ("ipv4/fib_multipath_hash_policy", "1"), ("ipv6/fib_multipath_hash_policy", "1"),
    ];

    public static void Apply(string name, bool router)
    {
        using NetworkNamespace ns = NetworkNamespace.Open(name);
        ns.Run(() =>
        {
            foreach ((string key, string value) in Everywhere.Concat(router ? Router : []))
            {
                string path = "/proc/sys/net/" + key;
                // Opened, not created: a missing key is a kernel without that feature, and must be told.
                using FileStream file = new(path, FileMode.Open, FileAccess.Write);
                file.Write(System.Text.Encoding.ASCII.GetBytes(value));
            }
        });
    }
}
