using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Orleans.Cn2.Cli.Certificates;

/// <summary>Issues certificates (RFC 5280): ECDSA on P-256, each with the usages that its holder needs and no others.</summary>
internal static class CertificateIssuer
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    // Clocks differ: a certificate is valid a little before it was made.
    private static readonly TimeSpan Leeway = TimeSpan.FromMinutes(5);

    /// <summary>A new authority, which issues no further authorities.</summary>
    public static X509Certificate2 Authority(TimeSpan life, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request =
            new(NameOf($"cn2 development authority {now:yyyy-MM-dd}", []), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now - Leeway, now + life);
    }

    /// <summary>A certificate with its private key.</summary>
    public static X509Certificate2 Issue(X509Certificate2 authority, CertificateOrder wanted, TimeSpan life, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request =
            new(NameOf(wanted.User, wanted.Groups), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(wanted.Serves ? [ServerAuthentication, ClientAuthentication] : [ClientAuthentication], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        if (wanted.Serves || wanted.Uri is not null)
        {
            request.CertificateExtensions.Add(AlternativeNames(wanted));
        }

        DateTimeOffset until = now + life;
        using X509Certificate2 issued = request.Create(
            authority, now - Leeway, until < authority.NotAfter ? until : authority.NotAfter, RandomNumberGenerator.GetBytes(16));
        return issued.CopyWithPrivateKey(key);
    }

    /// <summary>The private key of a certificate, as PKCS #8.</summary>
    public static string PrivateKeyPem(X509Certificate2 certificate)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey() ?? throw new CryptographicException("the certificate has no private key");
        return key.ExportPkcs8PrivateKeyPem();
    }

    private static X500DistinguishedName NameOf(string user, IEnumerable<string> groups)
    {
        X500DistinguishedNameBuilder name = new();
        name.AddCommonName(user);
        foreach (string group in groups)
        {
            name.AddOrganizationName(group);
        }

        return name.Build();
    }

    private static X509Extension AlternativeNames(CertificateOrder wanted)
    {
        SubjectAlternativeNameBuilder names = new();
        if (wanted.Uri is not null)
        {
            names.AddUri(wanted.Uri);
        }

        foreach (string host in wanted.Hosts)
        {
            if (IPAddress.TryParse(host, out IPAddress? address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        return names.Build();
    }
}
