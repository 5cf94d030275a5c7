using System.Globalization;
using System.Net;
using Orleans.Cn2.Core.Addressing;

namespace Orleans.Cn2.Core.Validation;

/// <summary>Says in Kubernetes' words what is wrong with the text of an address.</summary>
internal static class IpSyntax
{
    /// <summary>The fault, or <see langword="null"/> when the text is an address that strict parsing takes.</summary>
    public static string? Check(string text)
    {
        if (IpAddress.TryParse(text, null, out _))
        {
            return null;
        }

        if (text.Contains(':'))
        {
            return !text.AsSpan().ContainsAny('%', '[', '/') && IPAddress.TryParse(text, out IPAddress? parsed)
                && parsed.IsIPv4MappedToIPv6
                ? "must not be an IPv4-mapped IPv6 address"
                : "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        }

        return IsIPv4WithLeadingZeros(text)
            ? "must not have leading 0s"
            : "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    }

    private static bool IsIPv4WithLeadingZeros(string text)
    {
        string[] parts = text.Split('.');
        return parts.Length == 4 && parts.All(part => part.Length <= 3
            && byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _));
    }
}
