using Orleans.Cn2.Storage.Batching;

namespace Orleans.Cn2.Storage.Sqlite;

/// <summary>A write as the statements that it runs.</summary>
internal abstract class WriteRequest : IWriteRequest
{
    /// <summary>Runs the statements; may be called again after a rollback.</summary>
    public abstract void Apply(WriteContext context);

    /// <inheritdoc/>
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
