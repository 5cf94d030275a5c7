using CsCheck;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core;

namespace Orleans.Cn2.Cluster.Tests.Versions;

public sealed class FenceTests
{
    private static readonly Gen<ShardMark> AnyShard = Gen.Select(
        Gen.Int[0, 63], Gen.ULong, Gen.ULong, (shard, epoch, seq) => new ShardMark(shard, new ShardVersion(epoch, seq)));

    private static readonly Gen<MembersMark> AnyMembers = Gen.Select(
        Gen.String[Gen.Char.AlphaNumeric, 1, 12], Gen.String[Gen.Char.AlphaNumeric, 1, 12], Gen.ULong,
        (ns, name, version) => new MembersMark(new NamespacedName(ns, name), version));

    private static readonly Gen<Fence> AnyFence = Gen.Select(
        AnyShard.Array[0, 5], AnyMembers.Array[0, 5], (shards, members) => new Fence([.. shards], [.. members]).And(Fence.None));

    [Fact]
    public void Token_OfAnyFence_ReadsBackAsTheSame() => AnyFence.Sample(fence =>
        FenceToken.TryRead(FenceToken.Write(fence), out Fence read) && read.Equals(fence));

    [Fact]
    public void TryRead_TokenCutShortOrLengthened_IsRefused() => Gen.Select(AnyFence, Gen.Int[1, 1_000], Gen.Byte).Sample((fence, cut, extra) =>
    {
        byte[] token = FenceToken.Write(fence);
        byte[] shorter = token[..^Math.Min(cut, token.Length - 1)];
        return !FenceToken.TryRead(shorter, out _) && !FenceToken.TryRead([.. token, extra], out _);
    });

    [Fact]
    public void TryRead_AnyBytes_NeverThrows() => Gen.Byte.Array[0, 100].Sample(bytes => FenceToken.TryRead(bytes, out Fence fence) || fence.IsNone);

    [Fact]
    public void TryRead_NoBytes_IsNothingToWaitFor()
    {
        Assert.True(FenceToken.TryRead([], out Fence fence));
        Assert.True(fence.IsNone);
    }

    [Fact]
    public void And_TwoFences_IsReachedWhenBothAre() => Gen.Select(AnyFence, AnyFence, AnyShard.Array[0, 64]).Sample((left, right, held) =>
    {
        ShardVersion[] versions = new ShardVersion[64];
        foreach (ShardMark mark in held)
        {
            versions[mark.Shard] = mark.Version;
        }

        ShardVector vector = new([.. versions]);
        return vector.Covers(left.And(right)) == (vector.Covers(left) && vector.Covers(right));
    });

    [Theory]
    [InlineData(1, 9, 2, 0)]
    [InlineData(2, 3, 2, 4)]
    [InlineData(0, 0, 0, 1)]
    public void ShardVersion_Order_IsByEpochThenSequence(ulong epoch, ulong seq, ulong laterEpoch, ulong laterSeq)
    {
        Assert.True(new ShardVersion(epoch, seq) < new ShardVersion(laterEpoch, laterSeq));
        Assert.False(new ShardVersion(epoch, seq) >= new ShardVersion(laterEpoch, laterSeq));
    }

    [Fact]
    public void Covers_ShardBeyondTheVector_IsNotReached() =>
        Assert.False(new ShardVector([new ShardVersion(9, 9)]).Covers(Fence.Of(5, new ShardVersion(0, 1))));
}
