using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Orleans.Cn2.Hosting.Listening;

/// <summary>Where a program listens: an address and port, or a unix domain socket.</summary>
internal sealed record ListenAddress(IPEndPoint? EndPoint, string? SocketPath)
{
    private const string UnixScheme = "unix:";

    /// <summary>Parses <c>ADDRESS:PORT</c>, <c>[ADDRESS]:PORT</c>, <c>localhost:PORT</c> or <c>unix:/PATH</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ListenAddress? address)
    {
        address = null;
        if (text.StartsWith(UnixScheme + "/", StringComparison.Ordinal))
        {
            address = new ListenAddress(null, text[UnixScheme.Length..]);
        }
        else if (text.Contains(':') && IPEndPoint.TryParse(text.Replace("localhost:", "127.0.0.1:", StringComparison.Ordinal), out IPEndPoint? endPoint)
            && endPoint.Port != 0)
        {
            address = new ListenAddress(endPoint, null);
        }

        return address is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => SocketPath is null ? EndPoint!.ToString() : UnixScheme + SocketPath;
}
