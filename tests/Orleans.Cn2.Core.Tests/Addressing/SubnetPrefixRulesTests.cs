using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Core.Tests.Addressing;

public sealed class SubnetPrefixRulesTests
{
    [Theory]
    [InlineData("10.0.0.0/16")]
    [InlineData("2000::/64")]
    [InlineData("10.0.0.0/16,2000::/108")]
    [InlineData("2000::/112,10.0.0.0/32")]
    public void Validate_ProperPrefixes_HasNoViolation(string cidrs) =>
        Assert.Empty(SubnetPrefixRules.Validate(cidrs.Split(','), "spec.cidrs"));

    [Theory]
    [InlineData("", "spec.cidrs: Required value: at least one CIDR required")]
    [InlineData("10.0.0.0/24,10.1.0.0/24,2000::/64", "spec.cidrs: Invalid value: [\"10.0.0.0/24\",\"10.1.0.0/24\",\"2000::/64\"]: may only hold up to 2 values")]
    [InlineData("10.0.0.0/24,10.1.0.0/24", "spec.cidrs: Invalid value: [\"10.0.0.0/24\",\"10.1.0.0/24\"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/96")]
    [InlineData("10.0.0.1/24", "spec.cidrs[0]: Invalid value: \"10.0.0.1/24\": must be in canonical form (\"10.0.0.0/24\")")]
    [InlineData("10.0.0.0/24,2000:0::/64", "spec.cidrs[1]: Invalid value: \"2000:0::/64\": must be in canonical form (\"2000::/64\")")]
    [InlineData("2000::/48", "spec.cidrs[0]: Invalid value: \"2000::/48\": shortest allowed prefix length for service CIDR is 64, got 48")]
    [InlineData("10.0.0.0", "spec.cidrs[0]: Invalid value: \"10.0.0.0\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")]
    [InlineData("10.0.0.0/33", "spec.cidrs[0]: Invalid value: \"10.0.0.0/33\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")]
    [InlineData("10.0.0.0/08", "spec.cidrs[0]: Invalid value: \"10.0.0.0/08\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")]
    [InlineData("x/8", "spec.cidrs[0]: Invalid value: \"x/8\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")]
    public void Validate_ImproperPrefixes_NamesFieldValueRule(string cidrs, string expected)
    {
        string[] given = cidrs.Length == 0 ? [] : cidrs.Split(',');

        Assert.Equal([expected], SubnetPrefixRules.Validate(given, "spec.cidrs").Select(violation => violation.ToString()));
    }
}
