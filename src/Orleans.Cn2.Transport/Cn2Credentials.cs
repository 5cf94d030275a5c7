using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Orleans.Cn2.Transport.Certificates;

namespace Orleans.Cn2.Transport;

/// <summary>Who a client is and whom it trusts: PEM files, read again for each new connection after they changed.</summary>
/// <param name="CaFile">Certificate authorities that a server's certificate must chain to; null for those that the machine trusts.</param>
/// <param name="CertificateFile">The client's certificate, or null.</param>
/// <param name="KeyFile">The certificate's private key; null when it stands in the certificate's file.</param>
/// <param name="TokenFile">A bearer token, read again after it changed, or null.</param>
public sealed record Cn2Credentials(string? CaFile = null, string? CertificateFile = null, string? KeyFile = null, string? TokenFile = null)
{
    /// <summary>A client that shows nothing and trusts what the machine trusts.</summary>
    public static Cn2Credentials None { get; } = new();

    /// <summary>Credentials of the environment: CN2_TLS_CA, CN2_TLS_CERT, CN2_TLS_KEY, CN2_TOKEN_FILE.</summary>
    public static Cn2Credentials FromEnvironment() => new(Variable("CN2_TLS_CA"), Variable("CN2_TLS_CERT"), Variable("CN2_TLS_KEY"), Variable("CN2_TOKEN_FILE"));

    /// <summary>What keeps these credentials from being used, each fault named with its option.</summary>
    /// <param name="endpoints">Where they are to be used.</param>
    public IEnumerable<string> Faults(IEnumerable<Cn2Endpoint> endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (KeyFile is not null && CertificateFile is null)
        {
            yield return "tls-key: needs tls-cert";
        }

        if (CaFile is not null && PemFiles.FaultOf(() => new TrustedAuthorities(CaFile)) is { } ca)
        {
            yield return $"tls-ca: {ca}";
        }

        if (CertificateFile is not null && PemFiles.FaultOf(() => new CertificateFiles(CertificateFile, KeyFile)) is { } certificate)
        {
            yield return $"tls-cert: {certificate}";
        }

        if (TokenFile is not null && !File.Exists(TokenFile))
        {
            yield return $"token-file: there is no file '{TokenFile}'";
        }

        if (TokenFile is not null && endpoints.FirstOrDefault(endpoint => endpoint.IsExposed) is { } exposed)
        {
            yield return $"token-file: a token is not sent to {exposed}, without TLS and beyond this machine";
        }
    }

    /// <summary>TLS as a client does it: the server must have a certificate for its host name, of a trusted authority.</summary>
    internal SslClientAuthenticationOptions ToClientOptions()
    {
        SslClientAuthenticationOptions options = new() { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 };
        if (CertificateFile is not null)
        {
            CertificateFiles own = new(CertificateFile, KeyFile);
            options.LocalCertificateSelectionCallback = (_, _, _, _, _) => own.Current.Certificate;
        }

        if (CaFile is not null)
        {
            TrustedAuthorities trusted = new(CaFile);
            options.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                certificate is X509Certificate2 server
                && !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
                && trusted.Current.FaultOf(server, CertificatePurpose.Server) is null;
        }

        return options;
    }

    internal HttpMessageHandler WithToken(HttpMessageHandler inner, Cn2Endpoint endpoint) => endpoint.IsExposed
        ? throw new InvalidOperationException($"{endpoint}: a token is not sent without TLS beyond this machine")
        : new BearerToken(TokenFile!) { InnerHandler = inner };

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
