using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Grpc.Net.Client;

namespace Orleans.Cn2.Client;

/// <summary>Where the API listens: <c>http://HOST:PORT</c>, <c>https://HOST:PORT</c>, or <c>unix:/PATH</c> for a unix domain socket.</summary>
public sealed record Cn2Endpoint
{
    private const string UnixScheme = "unix:";

    private Cn2Endpoint(Uri address, string? socketPath) => (Address, SocketPath) = (address, socketPath);

    /// <summary>The channel's address; of a unix domain socket a placeholder host.</summary>
    public Uri Address { get; }

    /// <summary>Path of the unix domain socket, or null.</summary>
    public string? SocketPath { get; }

    /// <summary>Parses an endpoint.</summary>
    /// <exception cref="FormatException">The text has none of the three forms.</exception>
    public static Cn2Endpoint Parse(string text) =>
        TryParse(text, out Cn2Endpoint? endpoint)
            ? endpoint
            : throw new FormatException($"'{text}' must be http://HOST:PORT, https://HOST:PORT or unix:/PATH");

    /// <summary>Parses an endpoint; false when the text has none of the three forms.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Cn2Endpoint? endpoint)
    {
        ArgumentNullException.ThrowIfNull(text);
        endpoint = null;
        if (text.StartsWith(UnixScheme + "/", StringComparison.Ordinal))
        {
            endpoint = new Cn2Endpoint(new Uri("http://localhost"), text[UnixScheme.Length..]);
        }
        else if (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https")
        {
            endpoint = new Cn2Endpoint(uri!, null);
        }

        return endpoint is not null;
    }

    /// <summary>Opens a channel to this endpoint.</summary>
    public GrpcChannel Open()
    {
        SocketsHttpHandler handler = new()
        {
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            KeepAlivePingDelay = TimeSpan.FromSeconds(20),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        };
        if (SocketPath is not null)
        {
            handler.ConnectCallback = ConnectSocketAsync;
        }

        return GrpcChannel.ForAddress(Address, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    /// <inheritdoc/>
    public override string ToString() => SocketPath is null ? Address.ToString().TrimEnd('/') : UnixScheme + SocketPath;

    private async ValueTask<Stream> ConnectSocketAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath!), cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
