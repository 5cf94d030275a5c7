using Microsoft.Extensions.Logging;

namespace Orleans.Cn2.Api.Security;

internal static partial class SecurityLog
{
    /// <summary>Files changed: the new ones are in use, or the former stay because of this fault.</summary>
    public static void FilesTold(this ILogger log, string what, string? fault)
    {
        if (fault is null)
        {
            log.FilesReloaded(what);
        }
        else
        {
            log.FilesUnusable(what, fault);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "client certificate refused: {Subject}, issued by {Issuer}: {Fault}")]
    public static partial void CertificateRefused(this ILogger log, string subject, string issuer, string fault);

    [LoggerMessage(2, LogLevel.Information, "{What}: new files in use")]
    private static partial void FilesReloaded(this ILogger log, string what);

    [LoggerMessage(3, LogLevel.Error, "{What}: new files can't be used, the former stay: {Fault}")]
    private static partial void FilesUnusable(this ILogger log, string what, string fault);

    [LoggerMessage(4, LogLevel.Warning, "{Caller} spoke for node {Node} and was refused")]
    public static partial void WrongNode(this ILogger log, string? caller, string node);
}
