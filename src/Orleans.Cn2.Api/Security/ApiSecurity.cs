using System.Collections.Immutable;
using Orleans.Cn2.Api.Security.Audit;
using Orleans.Cn2.Api.Security.Callers;
using Orleans.Cn2.Api.Security.Limits;
using Orleans.Cn2.Transport.Certificates;

namespace Orleans.Cn2.Api.Security;

/// <summary>How the API is guarded. Without client authorities and tokens nobody is asked who he is, and everybody may do everything.</summary>
public sealed record ApiSecurity
{
    /// <summary>PEM file of the server's certificate and intermediates; null for plaintext.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of its private key; null when it stands in the certificate's file.</summary>
    public string? KeyFile { get; init; }

    /// <summary>PEM file of the authorities that issue clients' certificates, roots and intermediates; null when no certificate is asked for.</summary>
    public string? ClientCaFile { get; init; }

    /// <summary>JSON file that gives users and groups roles, or null.</summary>
    public string? PolicyFile { get; init; }

    /// <summary>Bearer tokens that are accepted, or null.</summary>
    public TokenSecurity? Tokens { get; init; }

    /// <summary>Where changes are noted.</summary>
    public AuditSinks Audit { get; init; } = AuditSinks.Default;

    /// <summary>What one client may ask for.</summary>
    public ApiLimits Limits { get; init; } = new();

    /// <summary>True when callers must say who they are.</summary>
    public bool Authenticates => ClientCaFile is not null || Tokens is not null;

    /// <summary>True when TCP listeners speak TLS.</summary>
    public bool Encrypts => CertificateFile is not null;

    /// <summary>What keeps these settings from being used; all faults at once, each with the option it is about.</summary>
    public ImmutableArray<string> Faults()
    {
        List<string> faults = [];
        if (KeyFile is not null && CertificateFile is null)
        {
            faults.Add("api-key: needs api-cert");
        }

        if (ClientCaFile is not null && CertificateFile is null)
        {
            faults.Add("api-client-ca: needs api-cert: only TLS carries clients' certificates");
        }

        Check("api-cert", CertificateFile is null ? null : PemFiles.FaultOf(() => new CertificateFiles(CertificateFile, KeyFile)));
        Check("api-client-ca", ClientCaFile is null ? null : PemFiles.FaultOf(() => new TrustedAuthorities(ClientCaFile)));
        Check("policy", PolicyFile is null ? null : PemFiles.FaultOf(() => OpenPolicy()!));
        Check("token-keys", Tokens?.Fault());
        return [.. faults];

        void Check(string option, string? fault)
        {
            if (fault is not null)
            {
                faults.Add($"{option}: {fault}");
            }
        }
    }

    internal ReloadedFiles<GrantPolicy>? OpenPolicy() =>
        PolicyFile is null ? null : new([PolicyFile], texts => GrantPolicy.Parse(texts[0]), TimeProvider.System);
}
