using Grpc.Core;
using Orleans.Cn2.Client.Failover;

namespace Orleans.Cn2.Client;

/// <summary>Failures after which a change may have been made: read the object before taking it for refused.</summary>
public static class UnknownOutcome
{
    /// <summary>
    /// True when the answer was lost, or did not come in time; and for ABORTED where the call was repeated on another endpoint: what the object was changed by
    /// meanwhile may be the first attempt.
    /// </summary>
    public static bool Is(RpcException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded || Repetition.IsMarked(failure);
    }
}
