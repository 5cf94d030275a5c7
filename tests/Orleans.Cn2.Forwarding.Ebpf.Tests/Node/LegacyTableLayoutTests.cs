using Orleans.Cn2.Forwarding.Ebpf.Node.Delivery;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Node;

public sealed class LegacyTableLayoutTests
{
    private const int EntrySize = 152;
    private const int TargetAt = 112;
    private const uint ForwardOnly = 1 << (int)NetfilterHook.Forward;

    [Theory]
    [InlineData(0, -1, true)]
    [InlineData(0, -2, false)]
    [InlineData(3, -1, true)]
    [InlineData(3, -2, false)]
    public void ReadChains_RulesAndPolicy_AsInTheBlob(int rules, int policy, bool drops)
    {
        byte[] blob = Blob(rules + 1);
        BitConverter.TryWriteBytes(blob.AsSpan((rules * EntrySize) + TargetAt + 32), policy);
        NetfilterChain chain = Assert.Single(Read(blob, (uint)(rules * EntrySize)));
        Assert.Equal(("ip", "filter (legacy)", "FORWARD", NetfilterHook.Forward), (chain.Family, chain.Table, chain.Name, chain.Hook));
        Assert.Equal((rules, drops), (chain.Rules, chain.DropsByDefault));
    }

    [Theory]
    [InlineData(0, EntrySize * 9)]
    [InlineData(1, EntrySize)]
    [InlineData(2, EntrySize * 2)]
    public void ReadChains_OffsetLeadsOut_IsAnError(int entries, int underflow) =>
        Assert.Throws<InvalidDataException>(() => Read(Blob(entries), (uint)underflow));

    [Fact]
    public void ReadChains_EntryWithoutLength_IsAnErrorAndEnds()
    {
        byte[] blob = new byte[EntrySize * 2];
        Assert.Throws<InvalidDataException>(() => Read(blob, EntrySize));
    }

    private static IReadOnlyList<NetfilterChain> Read(byte[] blob, uint underflow) =>
        LegacyTableLayout.IPv4.ReadChains("filter", ForwardOnly, new uint[5], [0, 0, underflow, 0, 0], blob);

    private static byte[] Blob(int entries)
    {
        byte[] blob = new byte[entries * EntrySize];
        for (int i = 0; i < entries; i++)
        {
            BitConverter.TryWriteBytes(blob.AsSpan((i * EntrySize) + 88), (ushort)TargetAt);
            BitConverter.TryWriteBytes(blob.AsSpan((i * EntrySize) + 90), (ushort)EntrySize);
        }

        return blob;
    }
}
