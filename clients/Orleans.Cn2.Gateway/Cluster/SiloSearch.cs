using Orleans.Cn2.Storage;

namespace Orleans.Cn2.Gateway.Cluster;

/// <summary>
/// Looks for silos until there are some: a gateway may be there first, or before the store is. Each new cause is told once. A store of a newer release ends
/// the search: waiting mends nothing then.
/// </summary>
internal sealed class SiloSearch(TimeProvider time, ILogger<SiloSearch> log) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private string? _told;

    /// <inheritdoc/>
    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (exception is StorageUnavailableException { Fault: StorageFault.SchemaTooNew })
        {
            return false;
        }

        if (_told != exception.Message)
        {
            log.NoSilo(exception.Message);
            _told = exception.Message;
        }

        await Task.Delay(Pause, time, cancellationToken);
        return true;
    }
}
