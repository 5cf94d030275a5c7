using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Orleans.Cn2.Testing.Certificates;

/// <summary>A certificate authority that also issues what a good one would not: expired certificates, and those for the wrong use.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly X509Certificate2 _certificate;

    public TestAuthority(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow - (30 * Day), DateTimeOffset.UtcNow + (30 * Day));
    }

    /// <summary>The authority's certificate.</summary>
    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>Certificate and private key of an API client with these groups.</summary>
    public string Client(string user, params string[] groups) => Issue(user, groups, null, false, Day);

    /// <summary>Certificate and private key of a node's worker.</summary>
    public string Node(string node) => Issue(node, [], new Uri($"cn2://node/{node}"), false, Day);

    /// <summary>Certificate and private key of a silo that is reached by localhost and the loopback addresses.</summary>
    public string Silo(string silo) => Issue(silo, [], new Uri($"cn2://silo/{silo}"), true, Day);

    /// <summary>Certificate and private key of an API client whose time is over.</summary>
    public string Expired(string user, params string[] groups) => Issue(user, groups, null, false, -Day);

    /// <summary>Certificate and private key for this use.</summary>
    /// <param name="life">From now; negative for one that expired so long ago.</param>
    public string Issue(string user, string[] groups, Uri? uri, bool server, TimeSpan life)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        X500DistinguishedNameBuilder name = new();
        name.AddCommonName(user);
        Array.ForEach(groups, group => name.AddOrganizationName(group));
        CertificateRequest request = new(name.Build(), key, HashAlgorithmName.SHA256);
        OidCollection uses = [new Oid("1.3.6.1.5.5.7.3.2")];
        SubjectAlternativeNameBuilder names = new();
        if (uri is not null)
        {
            names.AddUri(uri);
        }

        if (server)
        {
            uses.Add(new Oid("1.3.6.1.5.5.7.3.1"));
            names.AddDnsName("localhost");
            names.AddIpAddress(IPAddress.Loopback);
            names.AddIpAddress(IPAddress.IPv6Loopback);
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(uses, false));
        if (uri is not null || server)
        {
            request.CertificateExtensions.Add(names.Build());
        }

        using X509Certificate2 issued = request.Create(
            _certificate, DateTimeOffset.UtcNow - (10 * Day), DateTimeOffset.UtcNow + life, RandomNumberGenerator.GetBytes(8));
        return $"{issued.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }

    public void Dispose() => _certificate.Dispose();
}
