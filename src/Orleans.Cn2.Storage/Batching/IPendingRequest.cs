namespace Orleans.Cn2.Storage.Batching;

/// <summary>Something a caller awaits.</summary>
internal interface IPendingRequest
{
    /// <summary>Tells the caller that it did not happen; without effect on a request already answered.</summary>
    void Fail(Exception exception);
}
