using Grpc.Core;

namespace Orleans.Cn2.Client.Failover;

/// <summary>
/// Failures of the way to a server, after which the outcome of a call is unknown. Most are UNAVAILABLE already. A connection that is given up because a
/// keep-alive ping was not answered, as by a server that is frozen, ends its calls as INTERNAL, with the cause as an exception of HTTP.
/// </summary>
internal static class BrokenLink
{
    /// <summary>True when a call failed on its way.</summary>
    public static bool Is(RpcException failure) => failure.StatusCode == StatusCode.Unavailable
        || (failure.StatusCode == StatusCode.Internal && failure.Status.DebugException is HttpRequestException or IOException);

    /// <summary>The failure as callers know it: UNAVAILABLE.</summary>
    public static RpcException AsUnavailable(RpcException failure) => failure.StatusCode == StatusCode.Unavailable
        ? failure
        : new RpcException(new Status(StatusCode.Unavailable, failure.Status.Detail, failure.Status.DebugException), failure.Trailers);
}
