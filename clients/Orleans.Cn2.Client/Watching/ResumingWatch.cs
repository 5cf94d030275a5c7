using System.Runtime.CompilerServices;
using Grpc.Core;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Client.Watching;

/// <summary>
/// A watch that goes on where it was when its stream breaks or its server restarts. It keeps name and version of each object that it was told of, and
/// gives them to the next stream, so that the events are those of one unbroken watch: none is missed, none comes twice.
/// </summary>
internal static class ResumingWatch
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <param name="open">Opens a stream for a watcher that knows this much.</param>
    /// <param name="describe">What an event says: its type, its object and that one's version.</param>
    /// <param name="cancellation">Ends the watch.</param>
    /// <typeparam name="TEvent">The events.</typeparam>
    public static async IAsyncEnumerable<TEvent> RunAsync<TEvent>(
        Func<IEnumerable<KnownObject>, AsyncServerStreamingCall<TEvent>> open, Func<TEvent, (EventType Type, ObjectMeta? Object, string Version)> describe,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        Dictionary<(string Namespace, string Name), string> known = [];
        TimeSpan pause = FirstPause;
        bool marked = false;
        while (true)
        {
            using AsyncServerStreamingCall<TEvent> call = open(
                known.Select(item => new KnownObject { Namespace = item.Key.Namespace, Name = item.Key.Name, Version = item.Value }));
            while (await NextAsync(call, cancellation).ConfigureAwait(false))
            {
                pause = FirstPause;
                TEvent told = call.ResponseStream.Current;
                (EventType type, ObjectMeta? item, string version) = describe(told);
                if (type == EventType.Bookmark)
                {
                    // One that comes after a break is nothing new.
                    if (!marked)
                    {
                        marked = true;
                        yield return told;
                    }

                    continue;
                }

                (string Namespace, string Name) name = (item!.Namespace, item.Name);
                if (type == EventType.Deleted)
                {
                    known.Remove(name);
                }
                else
                {
                    known[name] = version;
                }

                yield return told;
            }

            await Task.Delay(pause, cancellation).ConfigureAwait(false);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    // False when the stream broke or ended: it is worth another one. What the server refuses is the caller's.
    private static async Task<bool> NextAsync<TEvent>(AsyncServerStreamingCall<TEvent> call, CancellationToken cancellation)
    {
        try
        {
            return await call.ResponseStream.MoveNext(cancellation).ConfigureAwait(false);
        }
        catch (RpcException broken) when (!cancellation.IsCancellationRequested
            && broken.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled)
        {
            return false;
        }
    }
}
