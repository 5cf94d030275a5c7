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

    [Theory]
    [InlineData("default/nginx", 3)]
    [InlineData("kube-system/kube-dns", 4)]
    [InlineData("shop/cart", 0)]
    public void PartOf_KnownService_NeverChanges(string service, int expected) =>
        Assert.Equal(expected, ShardMap.PartOf(NamespacedName.Parse(service)));

    [Fact]
    public void PartOf_ServicesOfAShard_SpreadEvenlyOverAllParts()
    {
        Dictionary<int, int> counts = Enumerable.Range(0, 64_000)
            .Select(i => new NamespacedName($"ns-{i % 100}", $"svc-{i}"))
            .Where(name => ShardMap.ShardOf(name) == 5)
            .CountBy(ShardMap.PartOf)
            .ToDictionary();

        Assert.Equal(Enumerable.Range(0, ShardMap.Parts), counts.Keys.Order());
        // 125 expected a part, standard deviation 11.
        Assert.All(counts.Values, count => Assert.InRange(count, 70, 180));
    }

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
