using Orleans.Cn2.Storage.Batching;

namespace Orleans.Cn2.Storage.Sqlite;

/// <summary>A query waiting for a reader thread.</summary>
internal abstract class ReadRequest : IPendingRequest
{
    /// <summary>Runs the query and answers the caller.</summary>
    public abstract void Answer(SqliteSession session);

    /// <inheritdoc/>
    public abstract void Fail(Exception exception);
}

/// <inheritdoc/>
internal sealed class ReadRequest<T>(Func<SqliteSession, T> query) : ReadRequest
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Completion => _completion.Task;

    public override void Answer(SqliteSession session) => _completion.TrySetResult(query(session));

    public override void Fail(Exception exception) => _completion.TrySetException(exception);
}
