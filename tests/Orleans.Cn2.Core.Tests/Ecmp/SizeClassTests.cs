using CsCheck;
using Orleans.Cn2.Core.Ecmp;

namespace Orleans.Cn2.Core.Tests.Ecmp;

public sealed class SizeClassTests
{
    [Fact]
    public void SlotsOf_EveryClass_IsAPrimeThatFitsSixBitsAndGrows()
    {
        int[] slots = [.. Enumerable.Range(0, SizeClass.Count).Select(SizeClass.SlotsOf)];

        Assert.InRange(slots.Length, 1, 64);
        Assert.Equal(1, slots[0]);
        Assert.All(slots.Skip(1), size => Assert.DoesNotContain(Enumerable.Range(2, (int)Math.Sqrt(size)), divisor => size % divisor == 0));
        Assert.Equal(slots.Order(), slots);
        Assert.Contains(65_537, slots);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1_259)]
    [InlineData(10, 1_259)]
    [InlineData(11, 2_503)]
    [InlineData(20, 2_503)]
    [InlineData(100, 20_011)]
    [InlineData(524, 65_537)]
    [InlineData(525, 131_101)]
    [InlineData(8_388, 1_048_583)]
    [InlineData(20_000, 1_048_583)]
    public void Of_EqualWeights_IsTheLeastClassOf125SlotsAPath(int count, int expected) =>
        Assert.Equal(expected, SizeClass.SlotsOf(SizeClass.Of(Enumerable.Repeat((ushort)100, count).ToArray())));

    [Theory]
    [InlineData(new ushort[] { 100, 50 }, 1_259)]
    [InlineData(new ushort[] { 100, 10 }, 2_503)]
    [InlineData(new ushort[] { 65535, 1 }, 65_537)]
    [InlineData(new ushort[] { 1 }, 1)]
    public void Of_UnevenWeights_GivesTheLeastIts125UpTo65537(ushort[] weights, int expected) =>
        Assert.Equal(expected, SizeClass.SlotsOf(SizeClass.Of(weights)));

    [Fact]
    public void Of_WeightsScaledAlike_IsTheSame() =>
        Gen.Select(Gen.UShort[1, 200].Array[1, 50], Gen.Int[1, 300]).Sample((weights, factor) =>
            SizeClass.Of(weights) == SizeClass.Of([.. weights.Select(weight => (ushort)(weight * factor))]));

    [Fact]
    public void Of_NoPathOrWeightZero_Throws()
    {
        Assert.Throws<ArgumentException>(() => SizeClass.Of([]));
        Assert.Throws<ArgumentException>(() => SizeClass.Of([1, 0]));
    }
}
