using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Vmis;

/// <summary>Which addresses a back end may have: what Kubernetes takes as a pod's and as an endpoint's.</summary>
internal static class VmiAddressRules
{
    private static readonly (IpPrefix Prefix, string Fault)[] Unfit =
    [
        (IpPrefix.Parse("0.0.0.0/32"), "may not be unspecified (0.0.0.0 or ::)"),
        (IpPrefix.Parse("::/128"), "may not be unspecified (0.0.0.0 or ::)"),
        (IpPrefix.Parse("127.0.0.0/8"), "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
        (IpPrefix.Parse("::1/128"), "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
        (IpPrefix.Parse("169.254.0.0/16"), "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
        (IpPrefix.Parse("fe80::/10"), "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
        (IpPrefix.Parse("224.0.0.0/4"), "may not be in the multicast range (224.0.0.0/4, ff00::/8)"),
        (IpPrefix.Parse("ff00::/8"), "may not be in the multicast range (224.0.0.0/4, ff00::/8)"),
        (IpPrefix.Parse("255.255.255.255/32"), "may not be the limited broadcast address"),
    ];

    /// <summary>Parses the addresses that are fit and adds a violation for each that is not, and for their number.</summary>
    public static ValueList<IpAddress> Check(ValueList<string> texts, List<FieldViolation> faults)
    {
        if (texts.Count == 0)
        {
            faults.Add(FieldViolation.Required("addresses", "must have at least one address"));
        }

        List<IpAddress> addresses = [];
        for (int i = 0; i < texts.Count; i++)
        {
            string? fault = IpSyntax.Check(texts[i]);
            if (fault is null)
            {
                IpAddress address = IpAddress.Parse(texts[i]);
                addresses.Add(address);
                fault = Array.Find(Unfit, unfit => unfit.Prefix.Contains(address)).Fault;
            }

            if (fault is not null)
            {
                faults.Add(FieldViolation.Invalid($"addresses[{i}]", texts[i], fault));
            }
        }

        if (texts.Count > 2)
        {
            faults.Add(FieldViolation.Invalid("addresses", BadValue.List(texts), "may only hold up to 2 values"));
        }
        else if (addresses is [IpAddress first, IpAddress second] && first.Family == second.Family)
        {
            faults.Add(FieldViolation.Invalid("addresses", BadValue.List(texts), "may specify no more than one IP for each IP family"));
        }

        return addresses.ToValueList();
    }
}
