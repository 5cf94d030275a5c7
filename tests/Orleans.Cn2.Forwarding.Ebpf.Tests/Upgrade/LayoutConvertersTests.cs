using System.Runtime.InteropServices;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Forwarding.Ebpf.Layout;
using Orleans.Cn2.Forwarding.Ebpf.Upgrade;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Upgrade;

public sealed class LayoutConvertersTests
{
    private const int Pair = 32;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Settings_OfAnEarlierLayout_KeepWhatItHadAndLetEachClientStandForItself(int pairsMissing)
    {
        SettingsRow expected = new() { HashKeyLow = 1, HoldInterface = 2, SnatFamilies = 3, Snat6 = Address16.Of(IpAddress.Parse("fd00::1")), SubnetCount = 1 };
        expected.Subnets[0] = new SubnetRow { Address = Address16.Of(IpAddress.Parse("10.96.0.0")), Mask = Address16.MaskOf(IpPrefix.Parse("10.96.0.0/16")) };
        if (pairsMissing < 2)
        {
            expected.Node4 = Address16.Of(IpAddress.Parse("192.0.2.1"));
        }

        byte[] row = MemoryMarshal.AsBytes(new ReadOnlySpan<SettingsRow>(ref expected)).ToArray();
        int nodes = row.AsSpan().IndexOf(MemoryMarshal.AsBytes(new ReadOnlySpan<Address16>(ref expected.Snat6))) + 16;
        row.AsSpan(nodes + Pair, Pair).Fill(byte.MaxValue);
        int lacks = nodes + ((2 - pairsMissing) * Pair);
        byte[] earlier = [.. row[..lacks], .. row[(nodes + (2 * Pair))..]];

        Assert.Equal(row, Convert(earlier));
    }

    [Fact]
    public void Settings_OfAnUnknownSize_AreRefused() => Assert.Throws<InvalidDataException>(() => Convert(new byte[17]));

    [Theory]
    [InlineData("flows")]
    [InlineData("embryonic")]
    public void Flow_OfAnEarlierLayout_KeepsItsPathAndTheTimeItHad(string map)
    {
        FlowEntryRow earlier = new() { Tag = 1, Flags = FlowFlags.Replied, Tcp = SeenTcp.Syn, Seen = 2, Path = 3, Epoch = 4, Mark = 5, Interface = 6 };
        FlowEntryRow converted = default;

        LayoutConverters.Known[map](MemoryMarshal.AsBytes(new ReadOnlySpan<FlowEntryRow>(ref earlier)), MemoryMarshal.AsBytes(new Span<FlowEntryRow>(ref converted)));

        FlowEntryRow expected = earlier with { Mark = 0, Flags = FlowFlags.Replied | FlowFlags.Stream };
        Assert.Equal(MemoryMarshal.AsBytes(new ReadOnlySpan<FlowEntryRow>(ref expected)).ToArray(), MemoryMarshal.AsBytes(new ReadOnlySpan<FlowEntryRow>(ref converted)).ToArray());
    }

    private static byte[] Convert(byte[] earlier)
    {
        SettingsRow converted = default;
        LayoutConverters.Known["settings"](earlier, MemoryMarshal.AsBytes(new Span<SettingsRow>(ref converted)));
        return MemoryMarshal.AsBytes(new ReadOnlySpan<SettingsRow>(ref converted)).ToArray();
    }
}
