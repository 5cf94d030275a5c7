using System.Globalization;
using Orleans.Cn2.Bench.Datapath.Network;

namespace Orleans.Cn2.Bench.Datapath.Traffic;

/// <summary>Where packets end: dropped as they arrive, and counted by the interface.</summary>
internal sealed class Sinks : IDisposable
{
    private readonly BenchNetwork _net;
    private readonly (string Namespace, string Link)[] _places;
    private readonly List<DropHook> _hooks = [];

    private Sinks(BenchNetwork net, params (string Namespace, string Link)[] places)
    {
        (_net, _places) = (net, places);
        foreach ((string ns, string link) in places)
        {
            int index = net.LinkOf(ns, link).Index;
            _hooks.Add(net.In(ns).Run(() => new DropHook(index)));
        }
    }

    public static Sinks AtBackEnds(BenchNetwork net) => new(net, [.. BenchNetwork.BackEnds.Select(ns => (ns, "eth0"))]);

    public static Sinks AtNode(BenchNetwork net) => new(net, (BenchNetwork.Node, "cn2p0"));

    public long Received() => _places.Sum(place => Received(place.Namespace, place.Link));

    /// <summary>Packets received at one of them by now.</summary>
    public long Received(string ns, string link) => _net.In(ns).Run(() => long.Parse(
        File.ReadLines("/proc/thread-self/net/dev").Single(line => line.TrimStart().StartsWith(link + ":", StringComparison.Ordinal))
            .Split(':')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture));

    /// <summary>The count once no packet is on its way any more.</summary>
    public long Settled()
    {
        long last;
        long now = Received();
        do
        {
            last = now;
            Thread.Sleep(5);
            now = Received();
        }
        while (now != last);

        return now;
    }

    public void Dispose() => _hooks.ForEach(hook => hook.Dispose());
}
