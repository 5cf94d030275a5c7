namespace Orleans.Cn2.Storage.Sqlite;

/// <summary>A write waiting for its batch; the caller hears of it after the commit, never before.</summary>
internal abstract class WriteRequest : IPendingRequest
{
    /// <summary>Runs the statements; may be called again after a rollback.</summary>
    public abstract void Apply(WriteContext context);

    /// <summary>Tells the caller that the write is durable.</summary>
    public abstract void Succeed();

    /// <inheritdoc/>
    public abstract void Fail(Exception exception);
}

/// <inheritdoc/>
internal sealed class WriteRequest<T>(Func<WriteContext, T> write) : WriteRequest
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Completion => _completion.Task;

    public override void Apply(WriteContext context) => _result = write(context);

    public override void Succeed() => _completion.TrySetResult(_result);

    public override void Fail(Exception exception) => _completion.TrySetException(exception);
}
