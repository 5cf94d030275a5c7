using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orleans.Cn2.Transport.Certificates;
using Orleans.Connections.Security;

namespace Orleans.Cn2.Api.Security.Cluster;

/// <summary>
/// TLS between silos and from gateways to silos. Both sides show a certificate of the cluster's authority that names its holder as a silo
/// (<c>cn2://silo/NAME</c>): that of a node or an API client of the same authority opens nothing here.
/// </summary>
/// <param name="certificateFile">PEM file of the silo's certificate.</param>
/// <param name="keyFile">PEM file of its private key; null when it stands in the certificate's file.</param>
/// <param name="caFile">PEM file of the authorities that issue silos' certificates.</param>
public sealed class ClusterTls(string certificateFile, string? keyFile, string caFile)
{
    // Silos reach each other by address; who they are stands in the certificate.
    private const string TargetHost = "cn2-silo";
    private ILogger? _log;

    /// <summary>What keeps the files from being used, each with its option.</summary>
    public ImmutableArray<string> Faults()
    {
        string? own = PemFiles.FaultOf(() => new CertificateFiles(certificateFile, keyFile));
        string? authorities = PemFiles.FaultOf(() => new TrustedAuthorities(caFile));
        return [.. Named("cluster-cert", own), .. Named("cluster-ca", authorities)];

        static IEnumerable<string> Named(string option, string? fault) => fault is null ? [] : [$"{option}: {fault}"];
    }

    /// <summary>Sets the options of Orleans' connections; the files are followed when they change.</summary>
    public void Configure(TlsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        CertificateFiles own = new(certificateFile, keyFile);
        TrustedAuthorities trusted = new(caFile);
        own.Changed += fault => _log?.FilesTold("silo certificate", fault);
        trusted.Changed += fault => _log?.FilesTold("silo authorities", fault);
        options.LocalCertificate = own.Current.Certificate;
        options.LocalServerCertificateSelector = (_, _) => own.Current.Certificate;
        options.LocalClientCertificateSelector = (_, _, _, _, _) => own.Current.Certificate;
        options.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.RemoteCertificateValidation = (certificate, _, _) =>
            certificate is not null
            && CertificateNames.Silo(certificate) is not null
            && trusted.Current.FaultOf(certificate, CertificatePurpose.Server) is null;
        options.OnAuthenticateAsClient = (_, client) => client.TargetHost = TargetHost;
    }

    /// <summary>Tells changes of the files to this log.</summary>
    public void ReportTo(ILogger log) => _log = log;
}
