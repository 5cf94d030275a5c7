using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Forwarding.Managed.Tables;

/// <summary>The node's settings in the form that packets are compared with.</summary>
internal sealed class NodeRules
{
    /// <summary>Service prefixes that the data path can hold.</summary>
    public const int MaxSubnets = 16;

    private readonly Subnet[] _subnets;

    /// <exception cref="ArgumentException">More than 16 service subnets, or two SNAT addresses of a family.</exception>
    public NodeRules(NodeSettings settings)
    {
        if (settings.ServiceSubnets.Length > MaxSubnets)
        {
            throw new ArgumentException($"{settings.ServiceSubnets.Length} service subnets, at most {MaxSubnets} fit", nameof(settings));
        }

        Settings = settings;
        _subnets = [.. settings.ServiceSubnets.Select(Subnet.Of)];
        NodeAddresses = [.. settings.NodeAddresses];
        _nodeV4 = FirstOf(settings.NodeAddresses, IpFamily.IPv4);
        _nodeV6 = FirstOf(settings.NodeAddresses, IpFamily.IPv6);
        foreach (IpAddress address in settings.SnatAddresses)
        {
            ref MappedAddress? place = ref address.Family == IpFamily.IPv4 ? ref _snatV4 : ref _snatV6;
            place = place is null
                ? MappedAddress.Of(address)
                : throw new ArgumentException($"two SNAT addresses of family {address.Family}", nameof(settings));
        }
    }

    private readonly MappedAddress? _nodeV4;
    private readonly MappedAddress? _nodeV6;
    private readonly MappedAddress? _snatV4;
    private readonly MappedAddress? _snatV6;

    public NodeSettings Settings { get; }

    public ImmutableHashSet<IpAddress> NodeAddresses { get; }

    /// <summary>Whom ICMP errors about hops and MTUs come from: the node's first address of the family.</summary>
    public MappedAddress? NodeAddressOf(bool isV6) => isV6 ? _nodeV6 : _nodeV4;

    /// <summary>Source of flows from outside to a VMI of another node.</summary>
    public MappedAddress? SnatOf(bool isV6) => isV6 ? _snatV6 : _snatV4;

    public bool InServiceSubnet(MappedAddress address)
    {
        foreach (ref readonly Subnet subnet in _subnets.AsSpan())
        {
            if ((((address.High & subnet.Mask.High) ^ subnet.Network.High) | ((address.Low & subnet.Mask.Low) ^ subnet.Network.Low)) == 0)
            {
                return true;
            }
        }

        return false;
    }

    private static MappedAddress? FirstOf(ImmutableArray<IpAddress> addresses, IpFamily family)
    {
        foreach (IpAddress address in addresses)
        {
            if (address.Family == family)
            {
                return MappedAddress.Of(address);
            }
        }

        return null;
    }

    private readonly record struct Subnet(MappedAddress Network, MappedAddress Mask)
    {
        public static Subnet Of(IpPrefix prefix)
        {
            int length = prefix.Length + (prefix.Family == IpFamily.IPv4 ? 96 : 0);
            return new(MappedAddress.Of(prefix.Network), new(Ones(length), Ones(length - 64)));
        }

        private static ulong Ones(int count) => count <= 0 ? 0 : count >= 64 ? ulong.MaxValue : ~(ulong.MaxValue >> count);
    }
}
