using System.Text.RegularExpressions;

namespace Orleans.Cn2.Core.Validation;

/// <summary>Syntax of names, each as a list of broken rules in Kubernetes' words; an empty list means well-formed.</summary>
public static partial class NameSyntax
{
    /// <summary>What a port number outside 1 to 65535 breaks.</summary>
    public const string PortRange = "must be between 1 and 65535, inclusive";

    private const string LabelFormat = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    private const string SubdomainFormat = LabelFormat + @"(\." + LabelFormat + ")*";
    private const string QualifiedFormat = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
    private const string ValueFormat = "(" + QualifiedFormat + ")?";

    private const string QualifiedFault =
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

    /// <summary>A DNS label (RFC 1123): names of Services, namespaces and ports.</summary>
    public static IEnumerable<string> DnsLabel(string value)
    {
        if (value.Length > 63)
        {
            yield return MaxLength(63);
        }

        if (!Label().IsMatch(value))
        {
            yield return Subdomain().IsMatch(value)
                ? "must not contain dots"
                : Mismatch("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must "
                    + "start and end with an alphanumeric character", LabelFormat, "my-name", "123-abc");
        }
    }

    /// <summary>A DNS subdomain (RFC 1123): external names, prefixes of keys.</summary>
    public static IEnumerable<string> DnsSubdomain(string value)
    {
        if (value.Length > 253)
        {
            yield return MaxLength(253);
        }

        if (!Subdomain().IsMatch(value))
        {
            yield return Mismatch("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
                + "'.', and must start and end with an alphanumeric character", SubdomainFormat, "example.com");
        }
    }

    /// <summary>A name with an optional DNS prefix, <c>example.com/MyName</c>: keys of labels, application protocols.</summary>
    public static IEnumerable<string> QualifiedName(string value)
    {
        string[] parts = value.Split('/');
        if (parts.Length > 2)
        {
            yield return "a valid label key " + Mismatch(QualifiedFault, QualifiedFormat, "MyName", "my.name", "123-abc")
                + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            yield break;
        }

        if (parts is ["", _])
        {
            yield return "prefix part must be non-empty";
        }
        else if (parts is [string prefix, _])
        {
            foreach (string fault in DnsSubdomain(prefix))
            {
                yield return $"prefix part {fault}";
            }
        }

        string name = parts[^1];
        if (name.Length == 0)
        {
            yield return "name part must be non-empty";
        }
        else if (name.Length > 63)
        {
            yield return $"name part {MaxLength(63)}";
        }

        if (!Qualified().IsMatch(name))
        {
            yield return "name part " + Mismatch(QualifiedFault, QualifiedFormat, "MyName", "my.name", "123-abc");
        }
    }

    /// <summary>The value of a label.</summary>
    public static IEnumerable<string> LabelValue(string value)
    {
        if (value.Length > 63)
        {
            yield return MaxLength(63);
        }

        if (!Value().IsMatch(value))
        {
            yield return Mismatch("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
                + "'.', and must start and end with an alphanumeric character", ValueFormat, "MyValue", "my_value", "12345");
        }
    }

    /// <summary>The name of a container port (IANA service name, RFC 6335).</summary>
    public static IEnumerable<string> PortName(string value)
    {
        if (value.Length > 15)
        {
            yield return MaxLength(15);
        }

        if (!PortNameCharacters().IsMatch(value))
        {
            yield return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
        }

        if (!value.Any(char.IsAsciiLetterLower))
        {
            yield return "must contain at least one letter (a-z)";
        }

        if (value.Contains("--", StringComparison.Ordinal))
        {
            yield return "must not contain consecutive hyphens";
        }

        if (value.StartsWith('-') || value.EndsWith('-'))
        {
            yield return "must not begin or end with a hyphen";
        }
    }

    private static string MaxLength(int length) => $"must be no more than {length} characters";

    private static string Mismatch(string rule, string format, params ReadOnlySpan<string> examples)
    {
        // Kubernetes ends each example with a comma and a blank and puts " or " between them: two blanks meet.
        string list = string.Join(" or ", examples.ToArray().Select(example => $"'{example}', "));
        return $"{rule} (e.g. {list}regex used for validation is '{format}')";
    }

    [GeneratedRegex("^" + LabelFormat + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex Label();

    [GeneratedRegex("^" + SubdomainFormat + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex Subdomain();

    [GeneratedRegex("^" + QualifiedFormat + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex Qualified();

    [GeneratedRegex("^" + ValueFormat + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex Value();

    [GeneratedRegex(@"^[-a-z0-9]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex PortNameCharacters();
}
