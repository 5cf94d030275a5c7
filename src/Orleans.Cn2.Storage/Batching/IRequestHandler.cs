namespace Orleans.Cn2.Storage.Batching;

/// <summary>Answers requests on the one thread that owns it.</summary>
internal interface IRequestHandler<TRequest> : IDisposable
{
    /// <summary>Answers every request of the batch; those it leaves open by throwing are failed with what it threw.</summary>
    void Handle(IReadOnlyList<TRequest> batch);
}
