using System.Collections.Immutable;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Subnets;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Grains.Subnets;

namespace Orleans.Cn2.Cluster.Tests.Subnets;

public sealed class SubnetRulesTests
{
    private static readonly DateTimeOffset Released = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Limit = TimeSpan.FromHours(24);

    [Theory]
    [InlineData("a definition that is well formed", "pool", "10.0.0.0/24 fd00::/64", "", "")]
    [InlineData("adding the second family", "pool", "10.0.0.0/24 fd00::/64", "10.0.0.0/24", "")]
    [InlineData("a bad name", "Pool!", "10.0.0.0/24", "", "metadata.name")]
    [InlineData("no prefix", "pool", "", "", "cidrs")]
    [InlineData("two prefixes of a family", "pool", "10.0.0.0/24 10.0.1.0/24", "", "cidrs")]
    [InlineData("an IPv6 prefix shorter than /64", "pool", "fd00::/63", "", "cidrs[0]")]
    [InlineData("another prefix", "pool", "10.0.1.0/24", "10.0.0.0/24", "cidrs")]
    [InlineData("removing the second family", "pool", "10.0.0.0/24", "10.0.0.0/24 fd00::/64", "cidrs")]
    [InlineData("another order", "pool", "fd00::/64 10.0.0.0/24", "10.0.0.0/24 fd00::/64", "cidrs")]
    public void Validate_Definition_NamesTheField(string what, string name, string asked, string stored, string field)
    {
        IEnumerable<string> fields = SubnetRules.Validate(name, Spec(asked), stored.Length == 0 ? null : Spec(stored)).Select(violation => violation.Field);

        Assert.True(fields.Distinct().SequenceEqual(field.Length == 0 ? [] : [field]), $"{what}: {string.Join(", ", fields)}");
    }

    [Fact]
    public void Validate_OtherPurpose_IsRefused() => Assert.Equal(
        "purpose",
        Assert.Single(SubnetRules.Validate("pool", Spec("10.0.0.0/24") with { Purpose = SubnetPurpose.Pod }, Spec("10.0.0.0/24"))).Field);

    [Theory]
    [InlineData("no node is registered", 0, 0, 0, 1, true)]
    [InlineData("the version is not reached", 1, 3, 8, 1, false)]
    [InlineData("the version is reached", 1, 3, 9, 1, true)]
    [InlineData("a later epoch is complete", 2, 4, 0, 1, true)]
    [InlineData("an earlier epoch is not", 2, 2, 99, 1, false)]
    [InlineData("the limit is not quite over", 1, 0, 0, 86_399, false)]
    [InlineData("the limit is over", 1, 0, 0, 86_400, true)]
    public void IsFree_Quarantine_WaitsForEveryRegisteredVRouter(string what, int nodes, ulong epoch, ulong seq, int seconds, bool expected)
    {
        Quarantine quarantine = new(Released, FenceToken.Write(Fence.Of(1, new ShardVersion(3, 9))).ToValueList());
        ProgressFloor floor = new(nodes, new ShardVector([default, new ShardVersion(epoch, seq)]));

        Assert.True(expected == SubnetRules.IsFree(quarantine, floor, Limit, Released.AddSeconds(seconds)), what);
    }

    [Fact]
    public void QuarantineAfter_EvictedFenceOfAnotherFormat_WaitsForTheLimitFromNow()
    {
        Quarantine unreadable = new(Released, [0xff, 0x01]);
        Lease evicted = new(Guid.NewGuid(), Guid.NewGuid(), new("default", "a"), "ClusterIP", Released, unreadable);
        Lease released = evicted with { Quarantine = null, Evicted = evicted };
        DateTimeOffset now = Released.AddHours(1);

        Assert.Equal(unreadable with { Since = now }, SubnetRules.QuarantineAfter(released, Fence.Of(1, new ShardVersion(1, 1)), now));
        Assert.Null(SubnetRules.QuarantineAfter(released, Fence.None, now));
    }

    [Fact]
    public void IsFree_FenceOfAnotherFormat_WaitsForTheLimit()
    {
        Quarantine quarantine = new(Released, [0xff, 0x01]);
        ProgressFloor floor = new(0, new ShardVector([]));

        Assert.False(SubnetRules.IsFree(quarantine, floor, Limit, Released.AddHours(23)));
        Assert.True(SubnetRules.IsFree(quarantine, floor, Limit, Released.AddHours(24)));
    }

    private static SubnetSpec Spec(string cidrs)
    {
        ImmutableArray<IpPrefix> prefixes = [.. cidrs.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(cidr => IpPrefix.Parse(cidr))];
        return new(prefixes, SubnetPurpose.Service);
    }
}
