namespace Orleans.Cn2.Transport;

/// <summary>Metadata of calls that clients and servers agree on beside what gRPC has.</summary>
public static class CallHeaders
{
    /// <summary>
    /// A UUID that names a request, the same in each repetition. By it a server knows a conditional change that it made already: what is asked and stored alone
    /// does not tell whether this caller made it, or another one who asked for the same.
    /// </summary>
    public const string RequestId = "cn2-request-id";
}
