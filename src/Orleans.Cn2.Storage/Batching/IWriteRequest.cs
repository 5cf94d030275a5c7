namespace Orleans.Cn2.Storage.Batching;

/// <summary>A write waiting for its batch; the caller hears of it after the commit, never before.</summary>
internal interface IWriteRequest : IPendingRequest
{
    /// <summary>Tells the caller that the write is durable.</summary>
    void Succeed();
}
