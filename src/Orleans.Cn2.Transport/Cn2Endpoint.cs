using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Grpc.Net.Client;

namespace Orleans.Cn2.Transport;

/// <summary>
/// Where the control plane listens: <c>http://HOST:PORT</c>, <c>https://HOST:PORT</c>, or <c>unix:/PATH</c> for a unix domain socket, which also
/// crosses network namespaces.
/// </summary>
public sealed record Cn2Endpoint
{
    private const string UnixScheme = "unix:";
    private const int LargestMessage = 16 << 20;
    private static readonly TimeSpan Connect = TimeSpan.FromSeconds(3);

    private Cn2Endpoint(Uri address, string? socketPath) => (Address, SocketPath) = (address, socketPath);

    /// <summary>The channel's address; of a unix domain socket a placeholder host.</summary>
    public Uri Address { get; }

    /// <summary>Path of the unix domain socket, or null.</summary>
    public string? SocketPath { get; }

    /// <summary>True where what is sent could be read on the way: no TLS, and not within this machine.</summary>
    public bool IsExposed => SocketPath is null && Address.Scheme == Uri.UriSchemeHttp && !Address.IsLoopback;

    /// <summary>Parses an endpoint.</summary>
    /// <exception cref="FormatException">The text has none of the three forms.</exception>
    public static Cn2Endpoint Parse(string text) =>
        TryParse(text, out Cn2Endpoint? endpoint)
            ? endpoint
            : throw new FormatException($"'{text}' must be http://HOST:PORT, https://HOST:PORT or unix:/PATH");

    /// <summary>Parses endpoints with commas between.</summary>
    /// <exception cref="FormatException">One has none of the three forms.</exception>
    public static IReadOnlyList<Cn2Endpoint> ParseAll(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.Split(',', StringSplitOptions.TrimEntries).Select(Parse)];
    }

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
    /// <param name="credentials">Who connects and whom to trust.</param>
    /// <param name="ping">How long a silent peer is left unasked; after as long without an answer the connection counts as dead.</param>
    /// <exception cref="InvalidOperationException">A file of the credentials can't be used, or a token would be sent in the clear.</exception>
    public GrpcChannel Open(Cn2Credentials credentials, TimeSpan ping)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        SocketsHttpHandler handler = new()
        {
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = Connect,
            KeepAlivePingDelay = ping,
            KeepAlivePingTimeout = ping,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        if (SocketPath is not null)
        {
            handler.ConnectCallback = ConnectSocketAsync;
        }
        else if (Address.Scheme == Uri.UriSchemeHttps)
        {
            handler.SslOptions = credentials.ToClientOptions();
        }

        return GrpcChannel.ForAddress(Address, new GrpcChannelOptions
        {
            HttpHandler = credentials.TokenFile is null ? handler : credentials.WithToken(handler, this),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = LargestMessage,
        });
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
