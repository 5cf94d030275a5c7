using Orleans.Cn2.Contracts.Faults;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Core;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Services;
using Orleans.Cn2.Grains.Services;

namespace Orleans.Cn2.Cluster.Tests.Services;

public sealed class ServiceRulesTests
{
    private static readonly NamespacedName Name = new("default", "web");
    private static readonly Guid Uid = Guid.Parse("00000000-0000-0000-0000-000000000001");
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddMilliseconds(5_000);
    private static readonly FloatingIp Primary = Fip("10.0.0.1");
    private static readonly FloatingIp Secondary = Fip("fd00::1");

    [Theory]
    [InlineData("nothing asked, nothing stored", null, null, false, true)]
    [InlineData("nothing asked", null, null, true, true)]
    [InlineData("the uid it has", 1, null, true, true)]
    [InlineData("another uid", 2, null, true, false)]
    [InlineData("the version it has", null, "7", true, true)]
    [InlineData("an older version", null, "6", true, false)]
    [InlineData("a version of what is not there", null, "7", false, false)]
    public void CheckPreconditions_UidAndVersion_MustBeThoseStored(string what, int? uid, string? version, bool stored, bool allowed)
    {
        ServiceManifest manifest = new()
        {
            Name = Name,
            Spec = new ServiceSpec(),
            Uid = uid is { } number ? new Guid(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)number) : null,
            ResourceVersion = version,
        };

        Exception? refused = Record.Exception(() => ServiceRules.CheckPreconditions(manifest, stored ? Stored(7) : null));

        Assert.True(allowed ? refused is null : refused is ConflictException, $"{what}: {refused?.Message}");
    }

    [Theory]
    [InlineData("the request that stored it, repeated", 1, 1, true)]
    [InlineData("another one", 2, 1, false)]
    [InlineData("a request without a name", null, 1, false)]
    [InlineData("what was stored without a name", null, null, false)]
    public void CheckPreconditions_FormerVersion_IsAllowedToTheRequestThatChangedIt(string what, int? asking, int? storing, bool allowed)
    {
        ServiceManifest manifest = new() { Name = Name, Spec = new ServiceSpec(), ResourceVersion = "6", RequestId = Number(asking) };

        Exception? refused = Record.Exception(() => ServiceRules.CheckPreconditions(manifest, Stored(7) with { RequestId = Number(storing) }));

        Assert.True(allowed ? refused is null : refused is ConflictException, $"{what}: {refused?.Message}");

        static Guid? Number(int? number) => number is { } named ? new Guid(named, 0, 0, new byte[8]) : null;
    }

    [Fact]
    public void CheckPreconditions_UidOfANewService_NeedsTheRightToAssignIt()
    {
        ServiceManifest manifest = new() { Name = Name, Spec = new ServiceSpec(), Uid = Uid };

        InvalidObjectException refused = Assert.Throws<InvalidObjectException>(() => ServiceRules.CheckPreconditions(manifest, null));
        ServiceRules.CheckPreconditions(manifest with { AssignsUid = true }, null);
        ServiceRules.CheckPreconditions(manifest, Stored(7));

        Assert.Equal("metadata.uid", Assert.Single(refused.Violations).Field);
        Assert.Contains(Uid.ToString(), refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 5_000)]
    [InlineData(4_000ul, 5_000)]
    [InlineData(5_000ul, 5_001)]
    [InlineData(9_000ul, 9_001)]
    public void NextResourceVersion_Former_GrowsAndFollowsTheClock(ulong? former, ulong expected) =>
        Assert.Equal(expected, ServiceRules.NextResourceVersion(former, Now));

    [Fact]
    public void Generation_LaterEpoch_IsAboveAllOfTheFormer()
    {
        ulong next = ServiceRules.NextEpoch(3, Now);

        Assert.True(ServiceRules.Generation(next, 0) > ServiceRules.Generation(3, 1_000_000));
        Assert.Equal(5_000UL, next);
        Assert.Equal(6_001UL, ServiceRules.NextEpoch(6_000, Now));
    }

    [Fact]
    public void Draft_SameAsStored_IsTheStoredOne()
    {
        StoredService stored = Stored(7);

        Assert.Same(stored, ServiceRules.Draft(Uid, stored, Admitted(Primary, Secondary), [], Now));
    }

    [Fact]
    public void Draft_Upgrade_KeepsThePrimaryAndAddsTheGranted()
    {
        StoredService single = Stored(7) with { Admitted = Admitted(Primary), FloatingIps = [Primary] };

        StoredService draft = ServiceRules.Draft(Uid, single, Admitted(Primary, Secondary), [Secondary], Now);

        Assert.Equal([Primary, Secondary], draft.FloatingIps);
        Assert.Equal((5_000UL, single.CreatedAt), (draft.ResourceVersion, draft.CreatedAt));
    }

    [Fact]
    public void Knows_EachPlaceOfAClaim_IsFound()
    {
        Guid held = Guid.NewGuid();
        Assert.True(ServiceRules.Knows(new ServiceState { Stored = Stored(1) }, Primary.ClaimId));
        Assert.True(ServiceRules.Knows(new ServiceState { Releases = [Secondary] }, Secondary.ClaimId));
        Assert.True(ServiceRules.Knows(new ServiceState { Claims = [new PendingClaim(held, ["service"], IpFamily.IPv4)] }, held));
        Assert.False(ServiceRules.Knows(new ServiceState { Stored = Stored(1) }, held));
    }

    private static StoredService Stored(ulong version) =>
        new(Uid, version, DateTimeOffset.UnixEpoch, Admitted(Primary, Secondary), [Primary, Secondary]);

    private static AdmittedService Admitted(params FloatingIp[] fips) => new(
        Name, LabelSet.Empty, LabelSet.Empty, new AdmittedSpec { ClusterIPs = fips.Select(fip => fip.Address).ToValueList() });

    private static FloatingIp Fip(string address) => new(IpAddress.Parse(address), "service", Guid.NewGuid(), DateTimeOffset.UnixEpoch);
}
