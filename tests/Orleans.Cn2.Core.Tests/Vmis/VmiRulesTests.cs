using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Labels;
using Orleans.Cn2.Core.Vmis;

namespace Orleans.Cn2.Core.Tests.Vmis;

public sealed class VmiRulesTests
{
    private static readonly Guid NewUid = new("6f1c5d0e-52b4-4c11-9a35-1f0d3f9b7a10");

    private static readonly VmiSpec Good = new() { Namespace = "shop", Name = "cart-0", Node = "node-1", Addresses = ["10.244.0.7", "fd00::7"] };

    [Fact]
    public void Admit_LeastSpec_IsDefaulted()
    {
        Vmi vmi = VmiRules.Admit(Good with { Ports = [new("http", null, 8080)] }, NewUid, "zone-a").Vmi!;

        Assert.Equal((NewUid, (ushort)100, "zone-a"), (vmi.Uid, vmi.Weight, vmi.Zone));
        Assert.Equal(new NamedPort("http", TransportProtocol.Tcp, 8080), Assert.Single(vmi.Ports));
        Assert.Equal("10.244.0.7", vmi.AddressOf(IpFamily.IPv4).ToString());
        Assert.Equal("fd00::7", vmi.AddressOf(IpFamily.IPv6).ToString());
    }

    [Fact]
    public void Admit_EverythingWrong_NamesEveryFault()
    {
        VmiSpec spec = new()
        {
            Uid = "7", Node = "Node", Addresses = ["127.0.0.1", "10.0.0.x", "::ffff:1.2.3.4"], Weight = 0,
            Ports = [new("--", "tcp", 0)], Labels = LabelSet.Of(("a b", "c")),
        };

        VmiOutcome outcome = VmiRules.Admit(spec, NewUid, null);

        Assert.Null(outcome.Vmi);
        Assert.Superset(
            new HashSet<string>
            {
                "metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels", "node", "addresses[0]", "addresses[1]", "addresses[2]",
                "addresses", "ports[0].name", "ports[0].protocol", "ports[0].port", "weight",
            },
            outcome.Violations.Select(violation => violation.Field).ToHashSet());
    }

    [Theory]
    [InlineData("10.0.0.1,10.0.0.2", "addresses: Invalid value: [\"10.0.0.1\",\"10.0.0.2\"]: may specify no more than one IP for each IP family")]
    [InlineData("", "addresses: Required value: must have at least one address")]
    [InlineData("0.0.0.0", "addresses[0]: Invalid value: \"0.0.0.0\": may not be unspecified (0.0.0.0 or ::)")]
    [InlineData("fe80::1", "addresses[0]: Invalid value: \"fe80::1\": may not be in the link-local range (169.254.0.0/16, fe80::/10)")]
    [InlineData("010.0.0.1", "addresses[0]: Invalid value: \"010.0.0.1\": must not have leading 0s")]
    public void Admit_BadAddresses_SaysFieldValueAndRule(string addresses, string expected) => Assert.Equal(
        expected,
        Assert.Single(VmiRules.Admit(Good with { Addresses = [.. addresses.Split(',', StringSplitOptions.RemoveEmptyEntries)] }, NewUid, null).Violations).ToString());

    [Theory]
    [InlineData(0)]
    [InlineData(65_536)]
    [InlineData(4_294_967_297)]
    public void Update_WeightOutOfRange_IsRefused(long weight)
    {
        VmiOutcome outcome = VmiRules.Update(VmiRules.Admit(Good, NewUid, null).Vmi!, new() { Weight = weight });

        Assert.Equal($"weight: Invalid value: {weight}: must be between 1 and 65535, inclusive", Assert.Single(outcome.Violations).ToString());
    }

    [Fact]
    public void Update_OneCondition_LeavesTheRest()
    {
        Vmi vmi = VmiRules.Admit(Good with { Weight = 7, Labels = LabelSet.Of(("app", "cart")) }, NewUid, "zone-a").Vmi!;

        Vmi updated = VmiRules.Update(vmi, new() { Terminating = true }).Vmi!;

        Assert.Equal(vmi with { Conditions = new(null, null, true) }, updated);
        Assert.False(new VmiChange(vmi, updated).ChangesSelection);
        Assert.True(new VmiChange(vmi, updated with { Labels = LabelSet.Empty }).ChangesSelection);
        Assert.True(new VmiChange(vmi, vmi with { }).IsEmpty);
    }
}
