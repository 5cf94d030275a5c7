using Orleans.Cn2.Contracts.Progress;
using Orleans.Cn2.Contracts.Services;
using Orleans.Cn2.Contracts.Versions;
using Orleans.Cn2.Core.Tables;
using Proto = Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Waiting;

/// <summary>Awaits a fence: first that every Service published its members' version, then that the live vRouters hold the shards' versions.</summary>
internal sealed class ProgrammedWaiter(IGrainFactory grains, TimeProvider time)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);
    private readonly BoundedPoll _poll = new(time, LongestPause);

    /// <summary>Waits until the share is reached or the time passed, and says how far it came.</summary>
    /// <exception cref="Errors.FieldException">Percent or timeout is out of range.</exception>
    public Task<Proto.ProgrammedResponse> WaitAsync(Fence fence, uint percent, double timeoutSeconds, CancellationToken cancellation)
    {
        uint share = BoundedPoll.Percent(percent);
        return _poll.UntilAsync(BoundedPoll.Timeout(timeoutSeconds), () => AskAsync(fence, share), cancellation);
    }

    private async Task<(Proto.ProgrammedResponse Answer, bool Reached)> AskAsync(Fence fence, uint percent)
    {
        (bool published, Fence shards) = await PublishedAsync(fence).ConfigureAwait(false);
        FenceProgress progress = await grains.GetGrain<IProgressGrain>(IProgressGrain.Key).Query(shards).ConfigureAwait(false);
        bool reached = published && progress.Has(percent);
        return (
            new Proto.ProgrammedResponse
            {
                Programmed = reached,
                Reached = progress.Reached,
                Live = progress.Live,
                WaitingFor = { progress.WaitingFor },
            },
            reached);
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
