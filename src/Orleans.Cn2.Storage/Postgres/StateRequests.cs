using Orleans.Cn2.Storage.Batching;
using Orleans.Cn2.Storage.States;

namespace Orleans.Cn2.Storage.Postgres;

/// <summary>A conditional write or, without a payload, deletion of one row.</summary>
internal sealed class StateWrite(StateAddress address, long? expected, PayloadFormat format, byte[]? payload) : IWriteRequest
{
    private readonly TaskCompletionSource<EtagCheck> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StateAddress Address => address;

    public long? Expected => expected;

    public PayloadFormat Format => format;

    /// <summary>Null: delete.</summary>
    public byte[]? Payload => payload;

    /// <summary>How it ended, told to the caller by <see cref="Succeed"/>.</summary>
    public EtagCheck Result { get; set; }

    public Task<EtagCheck> Completion => _completion.Task;

    public void Succeed() => _completion.TrySetResult(Result);

    public void Fail(Exception exception) => _completion.TrySetException(exception);
}

/// <summary>A query of one row, or of the keys in a range.</summary>
internal abstract class StateQuery : IPendingRequest
{
    public abstract void Fail(Exception exception);
}

/// <inheritdoc/>
internal abstract class StateQuery<T> : StateQuery
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Completion => _completion.Task;

    public void Answer(T answer) => _completion.TrySetResult(answer);

    public override void Fail(Exception exception) => _completion.TrySetException(exception);
}

/// <summary>A row by its address.</summary>
internal sealed class StateRead(StateAddress address) : StateQuery<StoredState?>
{
    public StateAddress Address => address;
}

/// <summary>The keys of a range.</summary>
internal sealed class StateList(string stateName, KeyRange range) : StateQuery<System.Collections.Immutable.ImmutableArray<GrainId>>
{
    public string StateName => stateName;

    public KeyRange Range => range;
}
