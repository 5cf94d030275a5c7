namespace Orleans.Cn2.Transport.Certificates;

/// <summary>What a certificate is shown for: its extended key usage must allow it (RFC 5280, 4.2.1.12).</summary>
public enum CertificatePurpose
{
    /// <summary>A server's: id-kp-serverAuth.</summary>
    Server,

    /// <summary>A client's: id-kp-clientAuth.</summary>
    Client,
}
