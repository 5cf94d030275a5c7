using System.Collections.Immutable;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Managed.Network;

namespace Orleans.Cn2.Testing.Packets.Fixtures;

/// <summary>All fixtures, each in both families and, where nothing depends on it, in both delivery modes.</summary>
public static class PacketFixtures
{
    public static ImmutableArray<PacketFixture> All { get; } =
    [
        .. Both(FlowFixtures.OfFast, DeliveryMode.Fast),
        .. Both(FlowFixtures.OfStack, DeliveryMode.Stack),
        .. Both(FlowFixtures.OfAnyMode, DeliveryMode.Fast),
        .. Both(FlowFixtures.OfAnyMode, DeliveryMode.Stack),
        .. Both(PathFixtures.Of, DeliveryMode.Fast),
        .. Both(SctpFixtures.Of, DeliveryMode.Fast),
        .. Both(LifetimeFixtures.Of, DeliveryMode.Fast),
        .. Both(WayBackFixtures.Of, DeliveryMode.Fast),
        .. Both(AffinityFixtures.Of, DeliveryMode.Fast),
        .. Both(PeerDefectFixtures.Of, DeliveryMode.Fast),
        .. Both(RefusalFixtures.Of, DeliveryMode.Fast),
        .. Both(OtherPacketFixtures.Of, DeliveryMode.Fast),
        .. Both(HeaderFixtures.Of, DeliveryMode.Fast),
        .. Both(HeaderFixtures.OfStack, DeliveryMode.Stack),
        .. Both(FragmentFixtures.OfFast, DeliveryMode.Fast),
        .. Both(FragmentFixtures.OfRefusals, DeliveryMode.Fast),
        .. Both(FragmentFixtures.OfAnyMode, DeliveryMode.Fast),
        .. Both(FragmentFixtures.OfAnyMode, DeliveryMode.Stack),
        .. Both(FragmentFixtures.OfStack, DeliveryMode.Stack),
        .. Both(RouterFixtures.OfFast, DeliveryMode.Fast),
        .. Both(RouterFixtures.OfStack, DeliveryMode.Stack),
        .. Both(IcmpErrorFixtures.OfFast, DeliveryMode.Fast),
        .. Both(IcmpErrorFixtures.OfStack, DeliveryMode.Stack),
        .. Both(IcmpErrorFixtures.OfAnyMode, DeliveryMode.Fast),
        .. Both(IcmpErrorFixtures.OfAnyMode, DeliveryMode.Stack),
        .. Both(IcmpRefusalFixtures.Of, DeliveryMode.Fast),
    ];

    private static IEnumerable<PacketFixture> Both(
        Func<FixtureWorld, IEnumerable<(string Name, FixtureStep[] Steps)>> make, DeliveryMode mode)
    {
        foreach (IpFamily family in (IpFamily[])[IpFamily.IPv4, IpFamily.IPv6])
        {
            foreach ((string name, FixtureStep[] steps) in make(new FixtureWorld(family)))
            {
                yield return new PacketFixture(name, family, mode, [.. steps]);
            }
        }
    }
}
