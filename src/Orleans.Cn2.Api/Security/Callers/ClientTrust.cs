using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Orleans.Cn2.Transport.Certificates;

namespace Orleans.Cn2.Api.Security.Callers;

/// <summary>
/// Whether a client's certificate is accepted now. A connection outlives its handshake, so each call asks anew: cheap while the authorities stay
/// the same, and an expired certificate or a removed authority ends what an open connection may do.
/// </summary>
internal sealed class ClientTrust(TrustedAuthorities authorities, TimeProvider time)
{
    private readonly ConditionalWeakTable<X509Certificate2, Verdict> _verdicts = [];

    /// <summary>Why the certificate is not accepted, or null when it is.</summary>
    public string? FaultOf(X509Certificate2 certificate)
    {
        AuthoritySet current = authorities.Current;
        if (!_verdicts.TryGetValue(certificate, out Verdict? verdict) || verdict.Authorities != current)
        {
            verdict = new Verdict(current, current.FaultOf(certificate, CertificatePurpose.Client));
            _verdicts.AddOrUpdate(certificate, verdict);
        }

        return verdict.Fault ?? (certificate.NotAfter.ToUniversalTime() < time.GetUtcNow().UtcDateTime ? "the certificate expired" : null);
    }

    private sealed record Verdict(AuthoritySet Authorities, string? Fault);
}
