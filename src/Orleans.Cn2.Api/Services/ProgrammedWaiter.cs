using Orleans.Cn2.Api.Errors;
using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Tables;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Services;

/// <summary>Awaits a fence: first that every Service published its members' version, then that the live vRouters hold the shards' versions.</summary>
internal sealed class ProgrammedWaiter(IGrainFactory grains, TimeProvider time)
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until the share is reached or the time passed, and says how far it came.</summary>
    /// <exception cref="FieldException">Percent or timeout is out of range.</exception>
    public async Task<Proto.ProgrammedResponse> WaitAsync(Fence fence, uint percent, double timeoutSeconds, CancellationToken cancellation)
    {
        if (percent > 100)
        {
            throw new FieldException("percent", $"Invalid value: {percent}: must be between 0 and 100, inclusive");
        }

        if (double.IsNaN(timeoutSeconds) || timeoutSeconds < 0 || timeoutSeconds > LongestTimeout.TotalSeconds)
        {
            throw new FieldException("timeout_seconds", $"Invalid value: {timeoutSeconds}: must be between 0 and {LongestTimeout.TotalSeconds}, inclusive");
        }

        TimeSpan timeout = timeoutSeconds == 0 ? DefaultTimeout : TimeSpan.FromSeconds(timeoutSeconds);
        long start = time.GetTimestamp();
        TimeSpan pause = FirstPause;
        while (true)
        {
            if (await AskAsync(fence, percent == 0 ? 100 : percent, () => time.GetElapsedTime(start) >= timeout).ConfigureAwait(false) is { } answer)
            {
                return answer;
            }

            await Task.Delay(pause, time, cancellation).ConfigureAwait(false);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    // Null while there is something to wait for. Grains that can't be asked, as after the death of a silo, are asked again: only the last try may fail.
    private async Task<Proto.ProgrammedResponse?> AskAsync(Fence fence, uint percent, Func<bool> isLast)
    {
        try
        {
            (bool published, Fence shards) = await PublishedAsync(fence).ConfigureAwait(false);
            FenceProgress progress = await grains.GetGrain<IProgressGrain>(IProgressGrain.Key).Query(shards).ConfigureAwait(false);
            bool reached = published && (long)progress.Reached * 100 >= (long)progress.Live * percent;
            return !reached && !isLast() ? null : new Proto.ProgrammedResponse
            {
                Programmed = reached,
                Reached = progress.Reached,
                Live = progress.Live,
                WaitingFor = { progress.WaitingFor },
            };
        }
        catch (Exception unknown) when (unknown is OrleansException or TimeoutException && !isLast())
        {
            return null;
        }
    }

    private async Task<(bool Published, Fence Shards)> PublishedAsync(Fence fence)
    {
        ShardVersion?[] versions = await Task.WhenAll(fence.Members.Select(
            mark => grains.GetGrain<IServiceGrain>(mark.Service.ToString()).Published(mark.MembersVersion))).ConfigureAwait(false);
        Fence shards = new(fence.Shards, []);
        foreach ((MembersMark mark, ShardVersion? version) in fence.Members.Zip(versions))
        {
            if (version is ShardVersion reached)
            {
                shards = shards.And(Fence.Of(ShardMap.ShardOf(mark.Service), reached));
            }
        }

        return (versions.All(version => version is not null), shards);
    }
}
