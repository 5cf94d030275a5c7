namespace Orleans.Cn2.Grains.Hosting;

/// <summary>
/// How many calls of a kind the grains of this silo have under way at once. A silo that starts asks all Services: were that at once, none would answer in time,
/// and the calls would be made again and again.
/// </summary>
internal sealed class Pace : IDisposable
{
    private const int CallsOfCore = 32;
    private readonly SemaphoreSlim _free = new(Environment.ProcessorCount * CallsOfCore);

    /// <summary>Waits for a turn; whoever came first has it first.</summary>
    public Task EnterAsync() => _free.WaitAsync();

    /// <summary>Ends a turn.</summary>
    public void Leave() => _free.Release();

    /// <summary>Makes a call in a turn of its own.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> call)
    {
        await EnterAsync();
        try
        {
            return await call();
        }
        finally
        {
            Leave();
        }
    }

    public void Dispose() => _free.Dispose();
}

/// <summary>One pace for each kind of call: a call that waits for one of another kind must not wait for its turn.</summary>
internal sealed class Paces : IDisposable
{
    /// <summary>Shards that ask Services to report.</summary>
    public Pace Reports { get; } = new();

    /// <summary>Namespaces that ask Services what they select.</summary>
    public Pace Selections { get; } = new();

    public void Dispose()
    {
        Reports.Dispose();
        Selections.Dispose();
    }
}
