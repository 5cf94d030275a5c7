using Orleans.Cn2.Api.Security.Callers;

namespace Orleans.Cn2.Api.Tests.Security;

public sealed class GrantPolicyTests
{
    [Theory]
    [InlineData("cn2:read", "Read", "*")]
    [InlineData("cn2:write:shop", "Write", "shop")]
    [InlineData("cn2:admin", "Admin", "*")]
    public void Group_NamedAfterARole_HasIt(string group, string role, string ns)
    {
        Grant grant = Assert.Single(GrantPolicy.None.GrantsOf("alice", [group]));
        Assert.Equal((role, ns), (grant.Role.ToString(), grant.Namespace));
    }

    [Theory]
    [InlineData("admin")]
    [InlineData("cn2:")]
    [InlineData("cn2:root")]
    [InlineData("cn2:write:")]
    [InlineData("cn2:write:shop:more")]
    [InlineData("CN2:admin")]
    public void Group_OfAnyOtherName_HasNone(string group) => Assert.Empty(GrantPolicy.None.GrantsOf("alice", [group]));

    [Fact]
    public void Rows_GiveUsersAndGroupsTheirRoles()
    {
        GrantPolicy policy = GrantPolicy.Parse("""{"grants": [{"user": "ci", "role": "write", "namespaces": ["shop", "bank"]}, {"group": "ops", "role": "admin"}]}""");
        Assert.Equal([new Grant(Role.Write, "shop"), new Grant(Role.Write, "bank")], policy.GrantsOf("ci", []));
        Assert.Equal([new Grant(Role.Admin, "*")], policy.GrantsOf("alice", ["ops"]));
        Assert.Empty(policy.GrantsOf("ops", ["ci"]));
    }

    [Theory]
    [InlineData("""{"grants": [{"user": "ci", "role": "root"}]}""", "grants[0]: role: 'root' must be read, write or admin")]
    [InlineData("""{"grants": [{"role": "read"}]}""", "grants[0]: must name either a user or a group")]
    [InlineData("""{"grants": [{"user": "a", "group": "b", "role": "read"}]}""", "grants[0]: must name either a user or a group")]
    [InlineData("""{"grants": [{"user": "a", "role": "read", "namespaces": []}]}""", "grants[0]: namespaces: must name at least one")]
    [InlineData("""{"grants": [{"user": "a", "role": "read", "namespace": "shop"}]}""", "namespace")]
    [InlineData("""{"grant": []}""", "grant")]
    [InlineData("not json", "invalid")]
    public void Text_ThatIsNoPolicy_SaysWhatIsWrong(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => GrantPolicy.Parse(text)).Message, StringComparison.OrdinalIgnoreCase);
}
