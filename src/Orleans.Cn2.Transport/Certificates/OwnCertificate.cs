using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Orleans.Cn2.Transport.Certificates;

/// <summary>A certificate with its private key and the intermediates that stand behind it in its file.</summary>
public sealed class OwnCertificate
{
    private OwnCertificate(X509Certificate2 certificate, X509Certificate2Collection issuers)
    {
        Certificate = certificate;
        Context = SslStreamCertificateContext.Create(certificate, issuers, offline: true);
    }

    /// <summary>The certificate; has its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>What a server presents.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>Of the text of a certificate's file and that of its key's file.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">They can't be read or do not belong together.</exception>
    internal static OwnCertificate Of(ImmutableArray<string> texts)
    {
        X509Certificate2Collection all = [];
        all.ImportFromPem(texts[0]);
        return new OwnCertificate(X509Certificate2.CreateFromPem(texts[0], texts[^1]), [.. all.Skip(1)]);
    }
}
