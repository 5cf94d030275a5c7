using System.Runtime.InteropServices;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Upgrade;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Upgrade;

public sealed class LayoutConvertersTests
{
    [Fact]
    public void Settings_OfTheLayoutBeforeNodeAddresses_KeepAllElse()
    {
        SettingsRow expected = new() { HashKeyLow = 1, HoldInterface = 2, SnatFamilies = 3, Snat6 = Address16.Of(IpAddress.Parse("fd00::1")), SubnetCount = 1 };
        expected.Subnets[0] = new SubnetRow { Address = Address16.Of(IpAddress.Parse("10.96.0.0")), Mask = Address16.MaskOf(IpPrefix.Parse("10.96.0.0/16")) };
        byte[] row = MemoryMarshal.AsBytes(new ReadOnlySpan<SettingsRow>(ref expected)).ToArray();
        int addresses = row.AsSpan().IndexOf(MemoryMarshal.AsBytes(new ReadOnlySpan<Address16>(ref expected.Snat6))) + 16;
        byte[] earlier = [.. row[..addresses], .. row[(addresses + 32)..]];

        SettingsRow converted = default;
        LayoutConverters.Known["settings"](earlier, MemoryMarshal.AsBytes(new Span<SettingsRow>(ref converted)));

        Assert.Equal(row, MemoryMarshal.AsBytes(new ReadOnlySpan<SettingsRow>(ref converted)).ToArray());
    }
}
