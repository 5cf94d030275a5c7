using System.Diagnostics;
using Grpc.Core;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Client.Waiting;

/// <summary>Waits until no live vRouter has flows of an object that was deleted.</summary>
internal static class FlowWait
{
    private const int NodesAtOnce = 32;

    // A worker forwards on without its stream: until its node counts as lost it may have flows.
    private static readonly string[] Live = ["Connected", "Grace"];
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>Asks every live node until it has none, or the time passed. A node that does not answer may have some.</summary>
    /// <returns>Nodes that have, or may have, flows still; none when all are gone.</returns>
    public static async Task<IReadOnlyList<string>> GoneAsync(
        Cn2Client client, IReadOnlyCollection<FlowsRequest> which, TimeSpan timeout, CancellationToken cancellation)
    {
        long began = Stopwatch.GetTimestamp();
        TimeSpan pause = FirstPause;
        while (true)
        {
            List<string> left = [];
            ListNodesResponse nodes = await client.Nodes.ListAsync(new ListNodesRequest(), cancellationToken: cancellation).ConfigureAwait(false);
            IEnumerable<string> live = nodes.Nodes.Where(node => Live.Contains(node.Vrouter?.State)).Select(node => node.Metadata.Name);
            foreach (string[] some in live.Chunk(NodesAtOnce))
            {
                bool[] have = await Task.WhenAll(some.Select(node => HasAsync(client, node, which, cancellation))).ConfigureAwait(false);
                left.AddRange(some.Zip(have).Where(pair => pair.Second).Select(pair => pair.First));
            }

            if (left.Count == 0 || Stopwatch.GetElapsedTime(began) >= timeout)
            {
                return left;
            }

            await Task.Delay(pause, cancellation).ConfigureAwait(false);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    private static async Task<bool> HasAsync(Cn2Client client, string node, IReadOnlyCollection<FlowsRequest> which, CancellationToken cancellation)
    {
        try
        {
            foreach (FlowsRequest one in which)
            {
                FlowsRequest request = new(one) { Node = node, Limit = 1 };
                if ((await client.Diagnostics.FlowsAsync(request, cancellationToken: cancellation).ConfigureAwait(false)).Flows.Count > 0)
                {
                    return true;
                }
            }

            return false;
        }
        catch (RpcException gone) when (gone.StatusCode is StatusCode.NotFound)
        {
            return false;
        }
        catch (RpcException unknown) when (unknown.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.FailedPrecondition)
        {
            return true;
        }
    }
}
