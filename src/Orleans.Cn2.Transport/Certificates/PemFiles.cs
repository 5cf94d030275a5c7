using System.Security.Cryptography;

namespace Orleans.Cn2.Transport.Certificates;

/// <summary>What can be wrong with a file of certificates or keys.</summary>
public static class PemFiles
{
    /// <summary>True where the file or what stands in it is at fault, not the program.</summary>
    public static bool IsFault(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or CryptographicException or FormatException or ArgumentException;

    /// <summary>Why a file can't be used, or null.</summary>
    /// <param name="read">Reads it.</param>
    public static string? FaultOf(Func<object> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        try
        {
            return read() is null ? "there is nothing in the file" : null;
        }
        catch (Exception unusable) when (IsFault(unusable))
        {
            return unusable.Message;
        }
    }
}
