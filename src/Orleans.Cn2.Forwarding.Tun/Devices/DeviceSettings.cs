using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Tun.Devices;

/// <summary>The kernel settings of our interfaces (Documentation/networking/ip-sysctl). Nothing else on the node is set.</summary>
internal static class DeviceSettings
{
    /// <summary>Packets that may wait to be read.</summary>
    internal const uint Queue = 4096;

    /// <summary>
    /// Without any IPv4 address the loose reverse path check of an interface refuses everything (fib_validate_source). This one is of no use to anybody
    /// else: of scope host, it is nobody's source.
    /// </summary>
    private static readonly IpAddress Anchor = IpAddress.Parse("127.194.0.1");

    private const byte HostScope = 254;

    /// <summary>
    /// Settings and values in the order in which they are to be written, while the interface is down. What is written back arrives on another interface than
    /// its source is routed to, and may come from an address of the node (SNAT, answers of the node): so the loose reverse path check, and local sources.
    /// The interface makes no address of its own and says nothing by itself.
    /// </summary>
    internal static ImmutableArray<(string Path, string Value)> Wanted(string name) =>
    [
        ($"net/ipv4/conf/{name}/rp_filter", "2"),
        ($"net/ipv4/conf/{name}/accept_local", "1"),
        ($"net/ipv4/conf/{name}/send_redirects", "0"),
        ($"net/ipv4/conf/{name}/forwarding", "1"),
        ($"net/ipv6/conf/{name}/addr_gen_mode", "1"),
        ($"net/ipv6/conf/{name}/accept_ra", "0"),
        ($"net/ipv6/conf/{name}/autoconf", "0"),
        ($"net/ipv6/conf/{name}/accept_dad", "0"),
        ($"net/ipv6/conf/{name}/dad_transmits", "0"),
        ($"net/ipv6/conf/{name}/disable_ipv6", "0"),
    ];

    /// <summary>Writes what differs and brings the interface up. Names what had to be done to one that was up already.</summary>
    /// <exception cref="IOException">The kernel refuses.</exception>
    internal static IEnumerable<string> Apply(TunDevice device, uint mtu, RtNetlink kernel, Sysctl settings)
    {
        Link link = kernel.GetLink(device.Index) ?? throw new IOException($"the interface {device.Name} vanished");
        List<string> done = [];
        foreach ((string path, string value) in Wanted(device.Name))
        {
            if (settings.Read(path) is { } now && now != value)
            {
                settings.Write(path, value);
                done.Add($"{path} was {now}");
            }
        }

        if (link.Mtu != mtu)
        {
            kernel.SetMtu(device.Index, mtu);
            done.Add($"{device.Name} had MTU {link.Mtu}");
        }

        if (!kernel.GetAddresses(IpFamily.IPv4).Any(each => each.LinkIndex == device.Index && each.Address == Anchor))
        {
            kernel.AddAddress(device.Index, Anchor, Anchor.Width, HostScope);
            done.Add($"{device.Name} had no {Anchor}");
        }

        if (!link.IsUp)
        {
            kernel.SetTransmitQueue(device.Index, Queue);
            kernel.SetFlags(device.Index, LinkFlags.Up);
        }

        return link.IsUp ? done : [];
    }
}
