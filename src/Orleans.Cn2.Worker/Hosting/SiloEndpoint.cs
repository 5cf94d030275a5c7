using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Grpc.Net.Client;

namespace Orleans.Cn2.Worker.Hosting;

/// <summary>Where a silo listens: an http(s) address, or a unix domain socket, which also crosses network namespaces.</summary>
/// <param name="Address">The address of the channel; of a socket a placeholder host.</param>
/// <param name="SocketPath">Path of the unix domain socket, or null.</param>
internal sealed record SiloEndpoint(Uri Address, string? SocketPath)
{
    private const string UnixScheme = "unix:";

    /// <summary>Parses <c>http://HOST:PORT</c>, <c>https://HOST:PORT</c> or <c>unix:/PATH</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out SiloEndpoint? address)
    {
        address = null;
        if (text.StartsWith(UnixScheme + "/", StringComparison.Ordinal))
        {
            address = new SiloEndpoint(new Uri("http://localhost"), text[UnixScheme.Length..]);
        }
        else if (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https")
        {
            address = new SiloEndpoint(uri!, null);
        }

        return address is not null;
    }

    /// <summary>Opens a channel that notices a dead peer within seconds.</summary>
    public GrpcChannel Open()
    {
        SocketsHttpHandler handler = new()
        {
            EnableMultipleHttp2Connections = false,
            KeepAlivePingDelay = TimeSpan.FromSeconds(5),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            ConnectTimeout = TimeSpan.FromSeconds(3),
        };
        if (SocketPath is not null)
        {
            handler.ConnectCallback = ConnectSocketAsync;
        }

        return GrpcChannel.ForAddress(
            Address,
            new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true, MaxReceiveMessageSize = 16 << 20 });
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
