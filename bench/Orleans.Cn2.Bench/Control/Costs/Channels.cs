using Grpc.Net.Client;

namespace Orleans.Cn2.Bench.Control.Costs;

/// <summary>Channels to a silo that carry many streams.</summary>
internal static class Channels
{
    /// <summary>A channel that opens further connections where one has all the streams that the server allows it.</summary>
    public static GrpcChannel Open(string server) => GrpcChannel.ForAddress(server, new GrpcChannelOptions
    {
        MaxReceiveMessageSize = null,
        HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true, InitialHttp2StreamWindowSize = 1 << 20 },
    });
}
