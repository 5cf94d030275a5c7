using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Transport.Certificates;

namespace Orleans.Cn2.Api.Security.Tls;

/// <summary>
/// TLS of the API's listeners. Certificate and authorities are those of the files at each handshake; open connections go on. A client may come
/// without a certificate, since probes and bearers of tokens have none: what it may do is asked of each call. One that is shown must be good.
/// </summary>
public sealed class ServerTls
{
    private readonly CertificateFiles _own;
    private readonly TrustedAuthorities? _clients;
    private readonly ILogger _log;

    internal ServerTls(CertificateFiles own, TrustedAuthorities? clients, ILogger log)
    {
        (_own, _clients, _log) = (own, clients, log);
        own.Changed += fault => log.FilesTold("server certificate", fault);
        if (clients is not null)
        {
            clients.Changed += fault => log.FilesTold("client authorities", fault);
        }
    }

    /// <summary>Makes a listener speak TLS.</summary>
    public void Use(ListenOptions listen)
    {
        ArgumentNullException.ThrowIfNull(listen);
        List<SslApplicationProtocol> protocols =
        [
            .. listen.Protocols.HasFlag(HttpProtocols.Http2) ? [SslApplicationProtocol.Http2] : Array.Empty<SslApplicationProtocol>(),
            .. listen.Protocols.HasFlag(HttpProtocols.Http1) ? [SslApplicationProtocol.Http11] : Array.Empty<SslApplicationProtocol>(),
        ];
        listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(Options(protocols)) });
    }

    private SslServerAuthenticationOptions Options(List<SslApplicationProtocol> protocols) => new()
    {
        ServerCertificateContext = _own.Current.Context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = protocols,
        ClientCertificateRequired = _clients is not null,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not X509Certificate2 shown || Accepts(shown),

        // A resumed session would bring back a certificate whose authority is gone.
        AllowTlsResume = false,
        AllowRenegotiation = false,
    };

    private bool Accepts(X509Certificate2 certificate)
    {
        string? fault = _clients is null ? "no certificates are accepted" : _clients.Current.FaultOf(certificate, CertificatePurpose.Client);
        if (fault is not null)
        {
            _log.CertificateRefused(certificate.Subject, certificate.Issuer, fault);
        }

        return fault is null;
    }
}
