using Orleans.Cn2.Lab.Traffic;

namespace Orleans.Cn2.Cli.Check.Lab;

/// <summary>A load of real requests.</summary>
internal sealed class LabLoad(RunningLoad load) : ICheckLoad
{
    /// <inheritdoc/>
    public async Task<TrafficReport> StopAsync()
    {
        await using (load.ConfigureAwait(false))
        {
            return await load.StopAsync().ConfigureAwait(false);
        }
    }
}
