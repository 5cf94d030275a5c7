using Orleans.Cn2.Api.Watching;
using Orleans.Cn2.Core;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Tests.Watching;

/// <summary>Random changes against what a watcher saw that is slow at times, and breaks off and resumes at others.</summary>
public sealed class WatchPropertyTests
{
    private const int Names = 12;
    private const int Plenty = 100_000;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Events_OfRandomChanges_AreTheStatesInOrder_AndEndAtTheTruth(int seed)
    {
        Random random = new(seed);
        ObjectBoard board = Boards.Filled(tombstones: 3);
        History history = new();
        List<WatchEvent> seen = [];
        Dictionary<NamespacedName, string> known = [];
        for (int round = 0; round < 6; round++)
        {
            await using WatchRun run = new(board, known);
            for (int step = 0; step < 60; step++)
            {
                history.Change(board, random);
                if (random.Next(3) == 0)
                {
                    run.Take(random.Next(1, 4));
                }
            }

            bool last = round == 5;
            if (last || random.Next(2) == 0)
            {
                run.Take(Plenty);
                await run.UntilAsync(events => Replay(known, events).OrderBy(pair => pair.Key.Name).SequenceEqual(history.Now.OrderBy(pair => pair.Key.Name)));
            }

            WatchEvent[] told = [.. run.Events];
            seen.AddRange(told);
            known = Replay(known, told);
        }

        Assert.Equal(history.Now.OrderBy(pair => pair.Key.Name), known.OrderBy(pair => pair.Key.Name));
        history.CheckOrder(seen);
    }

    // Fails where an event does not fit what was told before it.
    private static Dictionary<NamespacedName, string> Replay(Dictionary<NamespacedName, string> before, IEnumerable<WatchEvent> events)
    {
        Dictionary<NamespacedName, string> now = new(before);
        foreach (WatchEvent told in events)
        {
            switch (told.Type)
            {
                case EventType.Added:
                    Assert.True(now.TryAdd(told.Name, told.Version), $"{told.Name} added twice");
                    break;
                case EventType.Modified:
                    Assert.True(now.TryGetValue(told.Name, out string? former) && former != told.Version, $"{told.Name} modified without a change");
                    now[told.Name] = told.Version;
                    break;
                case EventType.Deleted:
                    Assert.True(now.Remove(told.Name), $"{told.Name} deleted and not there");
                    break;
                default:
                    Assert.Equal(EventType.Bookmark, told.Type);
                    break;
            }
        }

        return now;
    }

    private sealed class History
    {
        private readonly Dictionary<NamespacedName, List<string>> _states = [];
        private readonly Dictionary<NamespacedName, int> _uids = [];
        private int _count;

        public Dictionary<NamespacedName, string> Now { get; } = [];

        public void Change(ObjectBoard board, Random random)
        {
            NamespacedName name = Boards.Name(random.Next(Names));
            if (Now.ContainsKey(name) && random.Next(3) == 0)
            {
                Now.Remove(name);
                board.Remove(name);
                return;
            }

            _count++;
            if (!Now.ContainsKey(name) || random.Next(5) == 0)
            {
                _uids[name] = _count;
            }

            WatchedObject item = Boards.Object(name, _uids[name], _count);
            Now[name] = item.Version;
            (_states.TryGetValue(name, out List<string>? states) ? states : _states[name] = []).Add(item.Version);
            board.Put(item);
        }

        public void CheckOrder(IEnumerable<WatchEvent> events)
        {
            foreach (IGrouping<NamespacedName, WatchEvent> told in events.Where(told => told.Object is not null).GroupBy(told => told.Name))
            {
                int[] places = [.. told.Select(one => _states[told.Key].IndexOf(one.Version))];
                Assert.DoesNotContain(-1, places);
                Assert.Equal(places.Order(), places);
            }
        }
    }
}
