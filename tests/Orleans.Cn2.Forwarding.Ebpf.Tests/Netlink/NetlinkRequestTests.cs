using CsCheck;
using Orleans.Cn2.Netlink;

namespace Orleans.Cn2.Forwarding.Ebpf.Tests.Netlink;

public sealed class NetlinkRequestTests
{
    private static readonly Gen<(ushort Type, byte[] Value)[]> Attributes =
        Gen.Select(Gen.UShort[1, 0x3fff], Gen.Byte.Array[0, 20]).Array[0, 12];

    [Fact]
    public void Seal_AnyAttributes_ReadBackAsWritten() => Attributes.Sample(attributes =>
    {
        ReadOnlySpan<byte> rest = Write(attributes);
        Assert.True(NetlinkMessage.TryTake(ref rest, out NetlinkMessage message));
        Assert.Equal(0, rest.Length);
        Assert.Equal(7u, message.Sequence);
        int next = 0;
        foreach (NetlinkAttribute attribute in message.Attributes(4))
        {
            Assert.Equal(attributes[next].Type, attribute.Type);
            Assert.True(attribute.Value.SequenceEqual(attributes[next].Value));
            next++;
        }

        Assert.Equal(attributes.Length, next);
    });

    [Fact]
    public void TryTake_CutShort_EndsWithoutReadingBeyond() => Gen.Select(Attributes, Gen.Int[0, 64]).Sample((attributes, cut) =>
    {
        byte[] whole = Write(attributes);
        ReadOnlySpan<byte> rest = whole.AsSpan(0, Math.Max(0, whole.Length - 1 - cut));
        Assert.False(NetlinkMessage.TryTake(ref rest, out _));
    });

    [Fact]
    public void Attributes_AnyBytes_EndWithinThem() => Gen.Byte.Array[0, 100].Sample(bytes =>
    {
        int seen = 0;
        foreach (NetlinkAttribute attribute in new NetlinkAttributes(bytes))
        {
            seen += NetlinkAttribute.HeaderSize + attribute.Value.Length;
        }

        Assert.True(seen <= bytes.Length);
    });

    [Fact]
    public void EndNested_TwoLevels_NestInEachOther()
    {
        NetlinkRequest request = new(new byte[128], 1, NetlinkFlags.Ack);
        int outer = request.BeginNested(18);
        request.Add(1, "veth");
        int inner = request.BeginNested(2);
        request.Add(9, 42u);
        request.EndNested(inner);
        request.EndNested(outer);
        ReadOnlySpan<byte> bytes = request.Seal(1);
        Assert.True(NetlinkMessage.TryTake(ref bytes, out NetlinkMessage message));

        NetlinkAttributes first = message.Attributes(0);
        Assert.True(first.MoveNext());
        Assert.Equal(18, first.Current.Type);
        NetlinkAttributes second = first.Current.AsNested();
        Assert.True(second.MoveNext());
        Assert.Equal("veth", second.Current.AsString());
        Assert.True(second.MoveNext());
        NetlinkAttributes third = second.Current.AsNested();
        Assert.True(third.MoveNext());
        Assert.Equal(42u, third.Current.AsUInt32());
        Assert.False(second.MoveNext());
        Assert.False(first.MoveNext());
    }

    [Fact]
    public void Add_BeyondTheBuffer_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() =>
    {
        NetlinkRequest request = new(new byte[32], 1, NetlinkFlags.Ack);
        request.Add(1, new byte[20]);
    });

    private static byte[] Write((ushort Type, byte[] Value)[] attributes)
    {
        NetlinkRequest request = new(new byte[NetlinkRequest.BufferSize], 99, NetlinkFlags.Ack);
        request.Header(4);
        foreach ((ushort type, byte[] value) in attributes)
        {
            request.Add(type, value);
        }

        return request.Seal(7).ToArray();
    }
}
