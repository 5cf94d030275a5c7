using System.Collections.Concurrent;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Silo.Tests.Gateways;

/// <summary>Names of the Services that a watch told of.</summary>
internal sealed class WatchedNames
{
    private readonly ConcurrentDictionary<string, bool> _names = new();

    public static WatchedNames Of(IAsyncEnumerable<ServiceEvent> events, CancellationToken ended)
    {
        WatchedNames seen = new();
        _ = Task.Run(
            async () =>
            {
                await foreach (ServiceEvent told in events.WithCancellation(ended))
                {
                    if (told.Service is { } service)
                    {
                        seen._names[service.Metadata.Name] = true;
                    }
                }
            },
            CancellationToken.None);
        return seen;
    }

    /// <summary>Waits until the watch told of this Service.</summary>
    public Task UntilAsync(string name, TimeSpan bound, Func<string> output) => Until.TrueAsync(
        $"the watch tells of {name}", bound, () => Task.FromResult(_names.ContainsKey(name)), () => $"told: {string.Join(' ', _names.Keys)}\n{output()}");
}
