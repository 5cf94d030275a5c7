using System.Collections.Immutable;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Cn2.Api.Security.Tls;

namespace Orleans.Cn2.Hosting.Listening;

/// <summary>Where a program serves the API: gRPC (HTTP/2) and JSON, health and metrics (HTTP/1.1), over TCP with TLS where asked for, and unix domain sockets.</summary>
internal static class ApiListeners
{
    /// <summary>Sets the server's listeners.</summary>
    /// <param name="kestrel">The server.</param>
    /// <param name="grpc">Where the gRPC API listens.</param>
    /// <param name="http">Where JSON, health and metrics are served.</param>
    public static void Listen(KestrelServerOptions kestrel, ImmutableArray<ListenAddress> grpc, ImmutableArray<ListenAddress> http)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(10);
        ServerTls? tls = kestrel.ApplicationServices.GetService<ServerTls>();
        Bind(kestrel, grpc, HttpProtocols.Http2, tls);
        Bind(kestrel, http, HttpProtocols.Http1, tls);
    }

    private static void Bind(KestrelServerOptions kestrel, ImmutableArray<ListenAddress> addresses, HttpProtocols protocols, ServerTls? tls)
    {
        foreach (ListenAddress address in addresses)
        {
            if (address.SocketPath is { } path)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                StaleSocket.Remove(path);
                kestrel.ListenUnixSocket(path, listen => listen.Protocols = protocols);
            }
            else
            {
                kestrel.Listen(address.EndPoint!, listen =>
                {
                    listen.Protocols = protocols;
                    tls?.Use(listen);
                });
            }
        }
    }
}
