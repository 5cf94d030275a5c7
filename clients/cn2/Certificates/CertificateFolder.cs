using System.Security.Cryptography.X509Certificates;
using Orleans.Cn2.Cli.Cli;

namespace Orleans.Cn2.Cli.Certificates;

/// <summary>
/// A folder of PEM files: the authority <c>ca.crt</c> and <c>ca.key</c>, and for each certificate <c>NAME.crt</c> and <c>NAME.key</c>. Only the
/// owner may read it. Nothing that exists is overwritten: either all files of a call are new, or none is written.
/// </summary>
internal sealed class CertificateFolder
{
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode FileModes = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3650);
    private readonly string _path;
    private readonly CertificateOrders _wanted;
    private readonly TimeSpan _life;
    private readonly TimeProvider _time;

    private CertificateFolder(string path, CertificateOrders wanted, TimeSpan life, TimeProvider time) =>
        (_path, _wanted, _life, _time) = (path, wanted, life, time);

    private string AuthorityFile => Path.Combine(_path, "ca.crt");

    private string AuthorityKey => Path.Combine(_path, "ca.key");

    /// <exception cref="CommandException">A file that would be written exists, or the folder has a certificate of an authority without its key.</exception>
    public static CertificateFolder Open(string path, CertificateOrders wanted, TimeSpan life, TimeProvider time)
    {
        CertificateFolder folder = new(path, wanted, life, time);
        if (File.Exists(folder.AuthorityFile) != File.Exists(folder.AuthorityKey))
        {
            throw new CommandException(ExitCodes.Refused, $"{path}: has one of ca.crt and ca.key; both are needed, or none to make a new authority");
        }

        string[] present = [.. wanted.All.SelectMany(request => folder.FilesOf(request)).Where(File.Exists)];
        return present.Length == 0
            ? folder
            : throw new CommandException(ExitCodes.Refused, $"exists and is not overwritten: {string.Join(", ", present)}");
    }

    /// <summary>Makes and writes what was asked for.</summary>
    /// <returns>The files written.</returns>
    public IReadOnlyList<string> Write()
    {
        CreateFolder();
        List<string> written = [];
        using X509Certificate2 authority = Authority(written);
        foreach (CertificateOrder request in _wanted.All)
        {
            using X509Certificate2 certificate = CertificateIssuer.Issue(authority, request, _life, _time.GetUtcNow());
            string[] files = FilesOf(request);
            Write(files[0], certificate.ExportCertificatePem(), written);
            Write(files[1], CertificateIssuer.PrivateKeyPem(certificate), written);
        }

        return written;
    }

    private X509Certificate2 Authority(List<string> written)
    {
        if (File.Exists(AuthorityFile))
        {
            return X509Certificate2.CreateFromPemFile(AuthorityFile, AuthorityKey);
        }

        X509Certificate2 authority = CertificateIssuer.Authority(AuthorityLife, _time.GetUtcNow());
        Write(AuthorityFile, authority.ExportCertificatePem(), written);
        Write(AuthorityKey, CertificateIssuer.PrivateKeyPem(authority), written);
        return authority;
    }

    private string[] FilesOf(CertificateOrder request) =>
        [Path.Combine(_path, request.File + ".crt"), Path.Combine(_path, request.File + ".key")];

    private void CreateFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(_path);
        }
        else
        {
            Directory.CreateDirectory(_path, FolderMode);
        }
    }

    // The mode is given at creation: there is no moment at which others may read it.
    private static void Write(string file, string pem, List<string> written)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = FileModes;
        }

        using StreamWriter writer = new(new FileStream(file, options));
        writer.WriteLine(pem);
        written.Add(file);
    }
}
