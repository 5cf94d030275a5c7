namespace Orleans.Cn2.Lab.Manifests;

/// <summary>Name rules of Kubernetes (RFC 1123) that decide whether a name may become a file's or a host's.</summary>
internal static class DnsNames
{
    public const string LabelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', start and end with an alphanumeric character, and be no more than 63 characters";

    public const string SubdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', start and end with an alphanumeric character, and be no more than 253 characters";

    public static bool IsLabel(string name) => name.Length is > 0 and <= 63
        && IsAlphanumeric(name[0]) && IsAlphanumeric(name[^1]) && name.All(c => IsAlphanumeric(c) || c == '-');

    public static bool IsSubdomain(string name) => name.Length <= 253 && name.Split('.').All(IsLabel);

    /// <summary>Port name, RFC 6335 5.1: at most 15, at least one letter, no doubled hyphen.</summary>
    public static bool IsPortName(string name) =>
        name.Length <= 15 && IsLabel(name) && name.Any(char.IsAsciiLetter) && !name.Contains("--", StringComparison.Ordinal);

    public static bool IsConfigMapKey(string key) => key.Length is > 0 and <= 253 && key is not "." and not ".."
        && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static bool IsAlphanumeric(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);
}
