using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Core.Collections;
using Orleans.Cn2.Core.Validation;

namespace Orleans.Cn2.Core.Services.Rules;

/// <summary>Rules for <c>spec.externalIPs</c>: addresses that packets from elsewhere can carry.</summary>
internal static class ExternalAddressRules
{
    private static readonly IpPrefix[] Loopback = [IpPrefix.Parse("127.0.0.0/8"), IpPrefix.Parse("::1/128")];
    private static readonly IpPrefix[] LinkLocal = [IpPrefix.Parse("169.254.0.0/16"), IpPrefix.Parse("fe80::/10")];
    private static readonly IpPrefix LinkLocalMulticastV4 = IpPrefix.Parse("224.0.0.0/24");

    /// <summary>Each address by itself.</summary>
    public static IEnumerable<FieldViolation> Validate(ServiceSpec spec)
    {
        ValueList<string> ips = spec.ExternalIPs.OrEmpty();
        for (int i = 0; i < ips.Count; i++)
        {
            string? fault = IpSyntax.Check(ips[i]) ?? NotReachable(IpAddress.Parse(ips[i]), ips[i]);
            if (fault is not null)
            {
                yield return FieldViolation.Invalid($"spec.externalIPs[{i}]", ips[i], fault);
            }
        }
    }

    private static string? NotReachable(IpAddress address, string text)
    {
        if (address.Bits == 0)
        {
            return $"may not be unspecified ({text})";
        }

        if (Loopback.Any(prefix => prefix.Contains(address)))
        {
            return "may not be in the loopback range (127.0.0.0/8, ::1/128)";
        }

        if (LinkLocal.Any(prefix => prefix.Contains(address)))
        {
            return "may not be in the link-local range (169.254.0.0/16, fe80::/10)";
        }

        return LinkLocalMulticastV4.Contains(address) || IsLinkLocalMulticastV6(address)
            ? "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"
            : null;
    }

    /// <summary>RFC 4291 2.7: ff, any flags, scope 2.</summary>
    private static bool IsLinkLocalMulticastV6(IpAddress address) =>
        address.Family == IpFamily.IPv6 && ((ushort)(address.Bits >> 112) & 0xff0f) == 0xff02;
}
