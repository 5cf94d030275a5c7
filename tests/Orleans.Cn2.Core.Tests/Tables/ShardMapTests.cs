using Orleans.Cn2.Core.Tables;

namespace Orleans.Cn2.Core.Tests.Tables;

public sealed class ShardMapTests
{
    [Theory]
    [InlineData("default/nginx", 36)]
    [InlineData("kube-system/kube-dns", 5)]
    [InlineData("shop/cart", 37)]
    public void ShardOf_KnownService_NeverChanges(string service, int expected) =>
        Assert.Equal(expected, ShardMap.ShardOf(NamespacedName.Parse(service)));

    [Fact]
    public void ShardOf_ManyServices_SpreadEvenlyOverAllShards()
    {
        Dictionary<int, int> counts = Enumerable.Range(0, 64_000)
            .CountBy(i => ShardMap.ShardOf(new NamespacedName($"ns-{i % 100}", $"svc-{i}")))
            .ToDictionary();

        Assert.Equal(Enumerable.Range(0, ShardMap.Shards), counts.Keys.Order());
        // 1000 expected a shard, standard deviation 31.
        Assert.All(counts.Values, count => Assert.InRange(count, 840, 1160));
    }
}
