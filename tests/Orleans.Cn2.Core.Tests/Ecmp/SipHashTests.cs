using System.Buffers.Binary;
using CsCheck;
using Orleans.Cn2.Core.Ecmp;

namespace Orleans.Cn2.Core.Tests.Ecmp;

public sealed class SipHashTests
{
    private static readonly byte[] PaperKey = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];

    private static readonly Gen<(byte[] Key, byte[] Message)> Inputs = Gen.Select(Gen.Byte.Array[16], Gen.Byte.Array[0, 100]);

    [Fact]
    public void Reference_PaperAppendixA_GivesPublishedValue()
    {
        byte[] output = SipHashReference.Hash(PaperKey, [.. Enumerable.Range(0, 15).Select(i => (byte)i)], c: 2, d: 4, wide: false);

        Assert.Equal(0xa129ca6149be45e5, BinaryPrimitives.ReadUInt64LittleEndian(output));
    }

    [Fact]
    public void Hash128_EmptyMessage_GivesPublishedValue()
    {
        byte[] published = Convert.FromHexString("a3817f04ba25a8e66df67214c7550293");

        Assert.Equal(BinaryPrimitives.ReadUInt128LittleEndian(published), SipHash24.Hash128(KeyOf(PaperKey), []));
    }

    [Fact]
    public void Hash13_EmptyMessage_GivesKnownValue() => Assert.Equal(0xabac0158050fc4dc, SipHash13.Hash(KeyOf(PaperKey), []));

    [Fact]
    public void Hash13_AnyKeyAndMessage_EqualsReference() => Inputs.Sample(
        input => SipHash13.Hash(KeyOf(input.Key), input.Message)
            == BinaryPrimitives.ReadUInt64LittleEndian(SipHashReference.Hash(input.Key, input.Message, c: 1, d: 3, wide: false)),
        iter: 2_000);

    [Fact]
    public void Hash128_AnyKeyAndMessage_EqualsReference() => Inputs.Sample(
        input => SipHash24.Hash128(KeyOf(input.Key), input.Message)
            == BinaryPrimitives.ReadUInt128LittleEndian(SipHashReference.Hash(input.Key, input.Message, c: 2, d: 4, wide: true)),
        iter: 2_000);

    private static UInt128 KeyOf(byte[] key) => BinaryPrimitives.ReadUInt128LittleEndian(key);
}
