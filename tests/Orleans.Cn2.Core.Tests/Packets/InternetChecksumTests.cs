using System.Buffers.Binary;
using CsCheck;
using Orleans.Cn2.Core.Packets;

namespace Orleans.Cn2.Core.Tests.Packets;

public sealed class InternetChecksumTests
{
    [Fact]
    public void Of_TheExampleOfRfc1071_IsItsSum() =>
        Assert.Equal(0xddf2, InternetChecksum.Fold(InternetChecksum.Sum([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7])));

    [Fact]
    public void Update_OfTheExampleOfRfc1624_IsZero() =>
        Assert.Equal(0x0000, InternetChecksum.Update(0xdd2f, InternetChecksum.Change((ushort)0x5555, (ushort)0x3285)));

    [Fact]
    public void Sum_OfAnyBytes_FoldsLikeTheSumWordByWord() => Gen.Byte.Array[0, 1600].Sample(bytes =>
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += (uint)(bytes[i] << 8) | (i + 1 < bytes.Length ? bytes[i + 1] : 0u);
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return InternetChecksum.Fold(InternetChecksum.Sum(bytes)) == sum;
    });

    [Fact]
    public void Fold_OfAnySum_AddsItsWordsUntilNoneCarries() => Gen.OneOf(Gen.ULong, Gen.ULong[0, 0x3_ffff], Gen.UInt.Select(times => times * 0xfffful)).Sample(sum =>
    {
        ulong folded = sum;
        while (folded > ushort.MaxValue)
        {
            folded = (folded & ushort.MaxValue) + (folded >> 16);
        }

        return InternetChecksum.Fold(sum) == folded;
    });

    [Fact]
    public void Update_OfAnyWord_IsTheChecksumOfTheChangedBytes() =>
        Gen.Select(Gen.Byte.Array[16, 64], Gen.Int[0, 6], Gen.UShort).Sample((bytes, word, value) =>
        {
            // A header that is all zero apart from the word has no incremental form (RFC 1624 section 3).
            bytes[15] |= 1;
            ushort before = InternetChecksum.Of(bytes);
            ushort old = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(2 * word));
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2 * word), value);
            return InternetChecksum.Update(before, InternetChecksum.Change(old, value)) == InternetChecksum.Of(bytes);
        });
}
