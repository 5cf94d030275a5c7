using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Orleans.Cn2.Transport.Certificates;

/// <summary>
/// What a certificate says its holder is. The holder's part in the system is a URI among the subject's alternative names (RFC 5280, 4.2.1.6):
/// <c>cn2://node/NAME</c> for the worker of a node, <c>cn2://silo/NAME</c> for a silo or gateway. One without such a URI is an API client's, whose
/// common name is its user name and whose organizations are its groups.
/// </summary>
public static class CertificateNames
{
    private const string AlternativeNames = "2.5.29.17";
    private const string Organization = "2.5.4.10";
    private const string CommonName = "2.5.4.3";
    private static readonly Asn1Tag UriName = new(TagClass.ContextSpecific, 6);

    /// <summary>The URI of a node's worker.</summary>
    public static Uri OfNode(string node) => new($"cn2://node/{Uri.EscapeDataString(node)}");

    /// <summary>The URI of a silo.</summary>
    public static Uri OfSilo(string silo) => new($"cn2://silo/{Uri.EscapeDataString(silo)}");

    /// <summary>The node that the holder is the worker of, or null.</summary>
    public static string? Node(X509Certificate2 certificate) => PartOf(certificate, "cn2://node/");

    /// <summary>The silo that the holder is, or null.</summary>
    public static string? Silo(X509Certificate2 certificate) => PartOf(certificate, "cn2://silo/");

    /// <summary>The subject's common name; empty when it has none.</summary>
    public static string User(X509Certificate2 certificate) => SubjectValues(certificate, CommonName).FirstOrDefault() ?? "";

    /// <summary>The subject's organizations.</summary>
    public static IEnumerable<string> Groups(X509Certificate2 certificate) => SubjectValues(certificate, Organization);

    // Two names of one kind would leave open which one is meant: such a certificate is nobody's.
    private static string? PartOf(X509Certificate2 certificate, string prefix)
    {
        string[] parts = [.. Uris(certificate).Where(uri => uri.StartsWith(prefix, StringComparison.Ordinal))];
        return parts is [{ Length: > 0 } one] && one.Length > prefix.Length ? Uri.UnescapeDataString(one[prefix.Length..]) : null;
    }

    private static IEnumerable<string> SubjectValues(X509Certificate2 certificate, string oid)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return certificate.SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(name => !name.HasMultipleElements && name.GetSingleElementType().Value == oid)
            .Select(name => name.GetSingleElementValue())
            .OfType<string>();
    }

    private static List<string> Uris(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        List<string> uris = [];
        foreach (X509Extension extension in certificate.Extensions.Where(extension => extension.Oid?.Value == AlternativeNames))
        {
            AsnReader names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
            {
                if (names.PeekTag().HasSameClassAndValue(UriName))
                {
                    uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, UriName));
                }
                else
                {
                    names.ReadEncodedValue();
                }
            }
        }

        return uris;
    }
}
