using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Orleans.Cn2.Transport.Certificates;

/// <summary>Certificate authorities that are trusted, and no others. Intermediates that issue certificates stand in the same file.</summary>
public sealed class AuthoritySet
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");
    private readonly X509Certificate2Collection _authorities;

    private AuthoritySet(X509Certificate2Collection authorities) => _authorities = authorities;

    /// <summary>Why a certificate is not accepted for this purpose now, or null when it is.</summary>
    public string? FaultOf(X509Certificate2 certificate, CertificatePurpose purpose)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(purpose == CertificatePurpose.Server ? ServerAuthentication : ClientAuthentication);
        return chain.Build(certificate) ? null : string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation.Trim()).Distinct());
    }

    /// <summary>Of the text of a PEM file.</summary>
    /// <exception cref="CryptographicException">It names no certificate, or one that can't be read.</exception>
    internal static AuthoritySet Of(ImmutableArray<string> texts)
    {
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPem(texts[0]);
        return authorities.Count > 0 ? new AuthoritySet(authorities) : throw new CryptographicException("there is no certificate in the file");
    }
}
