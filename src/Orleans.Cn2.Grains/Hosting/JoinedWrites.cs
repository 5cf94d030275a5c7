namespace Orleans.Cn2.Grains.Hosting;

/// <summary>
/// Writes of one state that join: while a write is under way the changes that arrive share the next one. Only for interleaving grains; each caller
/// continues when a write that began after its change has succeeded.
/// </summary>
internal sealed class JoinedWrites(Func<Task> write)
{
    private Task? _current;
    private Task? _next;

    /// <summary>Makes everything changed so far durable.</summary>
    public Task SaveAsync()
    {
        // A next write that has not begun yet may be awaiting a current one that is over already: joining it keeps it at one write at a time.
        if (_next is not null)
        {
            return _next;
        }

        return _current is null or { IsCompleted: true } ? _current = write() : _next = WriteNextAsync(_current);
    }

    private async Task WriteNextAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        _current = _next;
        _next = null;
        await write();
    }
}
