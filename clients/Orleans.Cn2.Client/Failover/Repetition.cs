using Grpc.Core;
using Orleans.Cn2.Transport;

namespace Orleans.Cn2.Client.Failover;

/// <summary>What the repetition of a call whose outcome was unknown means for its answer.</summary>
internal static class Repetition
{
    private const string Mark = "cn2-repeated";

    /// <summary>The options of a call with a name for its request, unless its caller gave it one.</summary>
    public static CallOptions Named(CallOptions options)
    {
        if (options.Headers?.Get(CallHeaders.RequestId) is not null)
        {
            return options;
        }

        Metadata headers = Copy(options.Headers);
        headers.Add(CallHeaders.RequestId, Guid.NewGuid().ToString());
        return options.WithHeaders(headers);
    }

    /// <summary>True when a refusal of the repetition says that the call has done what was asked: the object to delete is gone.</summary>
    public static bool IsDone(IMethod method, RpcException refusal) =>
        method.Name is "Delete" or "Deregister" && refusal.StatusCode == StatusCode.NotFound;

    /// <summary>The refusal of a repetition, marked as such where an earlier attempt may have been what stands against it.</summary>
    public static RpcException Marked(RpcException refusal)
    {
        if (refusal.StatusCode != StatusCode.Aborted)
        {
            return refusal;
        }

        Metadata trailers = Copy(refusal.Trailers);
        trailers.Add(Mark, "1");
        return new RpcException(refusal.Status, trailers, refusal.Message);
    }

    /// <summary>True for a refusal that <see cref="Marked"/> marked.</summary>
    public static bool IsMarked(RpcException refusal) => refusal.Trailers.Get(Mark) is not null;

    private static Metadata Copy(Metadata? headers)
    {
        Metadata copy = [];
        foreach (Metadata.Entry entry in headers ?? [])
        {
            copy.Add(entry);
        }

        return copy;
    }
}
