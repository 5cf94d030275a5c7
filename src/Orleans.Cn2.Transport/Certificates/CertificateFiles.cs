namespace Orleans.Cn2.Transport.Certificates;

/// <summary>A program's own certificate as PEM files, followed when they are replaced.</summary>
public sealed class CertificateFiles
{
    private readonly ReloadedFiles<OwnCertificate> _files;

    /// <param name="certificateFile">The certificate, then the intermediates if any.</param>
    /// <param name="keyFile">Its private key; null when it stands in the same file.</param>
    public CertificateFiles(string certificateFile, string? keyFile)
    {
        _files = new(keyFile is null ? [certificateFile] : [certificateFile, keyFile], OwnCertificate.Of, TimeProvider.System);
    }

    /// <summary>Told once for each change of the files: null when the new certificate is in use, else why it is not.</summary>
    public event Action<string?> Changed
    {
        add => _files.Changed += value;
        remove => _files.Changed -= value;
    }

    /// <summary>The certificate of the files as they were within the last second.</summary>
    public OwnCertificate Current => _files.Current;
}
