using Orleans.Cn2.Contracts.Faults;

namespace Orleans.Cn2.Grains.Services;

/// <summary>
/// The state of a Service as it was written last: nobody sees a state before its write succeeded. After a failed write nothing is known of the store, so
/// the activation ends and the next one reads what is there.
/// </summary>
internal sealed class ServiceStore(IPersistentState<ServiceState> state, string key, Action endActivation)
{
    private bool _failed;

    /// <summary>The state written or read last.</summary>
    public ServiceState Current { get; private set; } = state.State;

    /// <summary>True when there is a record, be it of nothing but an intent.</summary>
    public bool Exists => state.RecordExists;

    /// <summary>Replaces the state.</summary>
    public Task WriteAsync(ServiceState next) => RunAsync(
        async () =>
        {
            state.State = next;
            await state.WriteStateAsync();
        },
        next);

    /// <summary>Removes the record, if there is one.</summary>
    public Task ClearAsync() => RunAsync(() => state.RecordExists ? state.ClearStateAsync() : Task.CompletedTask, new ServiceState());

    /// <summary>
    /// Asks the store whether this activation holds the newest state. One that does not was replaced by another: it ends, and may not act on what it
    /// believes is missing.
    /// </summary>
    public async Task<bool> IsNewestAsync()
    {
        string? held = state.Etag;
        await state.ReadStateAsync();
        if (held == state.Etag)
        {
            return true;
        }

        _failed = true;
        endActivation();
        return false;
    }

    private async Task RunAsync(Func<Task> write, ServiceState next)
    {
        if (_failed)
        {
            throw new OutcomeUnknownException("Service", key, $"service \"{key}\" starts anew after a failed write; repeat the request");
        }

        try
        {
            await write();
        }
        catch
        {
            _failed = true;
            endActivation();
            throw;
        }

        Current = next;
        state.State = next;
    }
}
