using Google.Protobuf.Collections;
using Orleans.Cn2.Api.Errors;
using Orleans.Cn2.Api.Watching;
using Orleans.Cn2.Core;
using Orleans.Cn2.Protocol.V1;

namespace Orleans.Cn2.Api.Tests.Watching;

public sealed class WatchTests
{
    private const int Plenty = 100_000;

    [Fact]
    public async Task Watch_New_IsToldWhatThereIs_ThenABookmark_ThenChanges()
    {
        ObjectBoard board = Boards.Filled();
        board.Put(Boards.Object(Boards.Name(1), 1, 1));
        await using WatchRun run = new(board, Boards.Nothing);
        run.Take(Plenty);
        await run.UntilAsync(events => events.Count == 2);
        board.Put(Boards.Object(Boards.Name(1), 1, 2));
        board.Put(Boards.Object(Boards.Name(2), 2, 1));
        await run.UntilAsync(events => events.Count == 4);
        board.Remove(Boards.Name(1));
        await run.UntilAsync(events => events.Count == 5);
        Assert.Equal(
            [EventType.Added, EventType.Bookmark, EventType.Modified, EventType.Added, EventType.Deleted], run.Events.Select(told => told.Type));
    }

    [Fact]
    public async Task Watch_BoardNotFilled_TellsNothing()
    {
        ObjectBoard board = new();
        board.Put(Boards.Object(Boards.Name(1), 1, 1));
        await using WatchRun run = new(board, Boards.Nothing);
        run.Take(Plenty);
        Assert.Empty(run.Events);
        board.SetFilled();
        await run.UntilAsync(events => events.Count == 2);
    }

    [Fact]
    public async Task Watch_Resumed_IsToldTheDifferenceAlone()
    {
        ObjectBoard board = Boards.Filled();
        WatchedObject[] were = [.. Enumerable.Range(1, 4).Select(number => Boards.Object(Boards.Name(number), number, 1))];
        board.Put(were[0]);
        board.Put(Boards.Object(Boards.Name(2), 2, 2));
        board.Put(Boards.Object(Boards.Name(3), 33, 1));
        board.Put(Boards.Object(Boards.Name(5), 5, 1));
        await using WatchRun run = new(board, were.ToDictionary(item => item.Name, item => item.Version));
        run.Take(Plenty);
        await run.UntilAsync(events => events.Any(told => told.Type == EventType.Bookmark));
        Assert.Equal(
            [
                (EventType.Deleted, Boards.Name(4)), (EventType.Modified, Boards.Name(2)), (EventType.Deleted, Boards.Name(3)), (EventType.Added, Boards.Name(3)),
                (EventType.Added, Boards.Name(5)), (EventType.Bookmark, default),
            ],
            run.Events.Select(told => (told.Type, told.Name)));
    }

    [Fact]
    public async Task Watch_Slow_IsToldTheLastStateAlone_AndTheBoardKeepsNoMoreForIt()
    {
        ObjectBoard board = Boards.Filled();
        board.Put(Boards.Object(Boards.Name(1), 1, 0));
        await using WatchRun run = new(board, Boards.Nothing);
        await run.UntilAsync(events => events.Count == 1);
        for (int state = 1; state <= 10_000; state++)
        {
            board.Put(Boards.Object(Boards.Name(1), 1, state));
        }

        Assert.Single(board.Read(1, Plenty).Changed);
        run.Take(Plenty);
        await run.UntilAsync(events => events.Count == 3);
        Assert.Equal(Boards.Object(Boards.Name(1), 1, 10_000).Version, run.Events[^1].Version);
    }

    [Fact]
    public async Task Watch_Selector_LabelsThatComeAndGo_AreAddedAndDeleted()
    {
        ObjectBoard board = Boards.Filled();
        await using WatchRun run = new(board, Boards.Nothing, new ListOptions { Namespace = "shop", LabelSelector = "app=web" });
        run.Take(Plenty);
        await run.UntilAsync(events => events.Count == 1);
        board.Put(Boards.Object(Boards.Name(1), 1, 1, "other"));
        board.Put(Boards.Object(Boards.Name(1, "bank"), 2, 1));
        board.Put(Boards.Object(Boards.Name(1), 1, 2));
        await run.UntilAsync(events => events.Count == 2);
        board.Put(Boards.Object(Boards.Name(1), 1, 3, "other"));
        await run.UntilAsync(events => events.Count == 3);
        Assert.Equal([EventType.Bookmark, EventType.Added, EventType.Deleted], run.Events.Select(told => told.Type));
    }

    [Fact]
    public void Known_NameMissingOrTwice_IsRefused()
    {
        Assert.Throws<FieldException>(() => Watch.Known([new KnownObject { Namespace = "shop" }]));
        RepeatedField<KnownObject> twice = [new KnownObject { Name = "web" }, new KnownObject { Name = "web" }];
        Assert.Contains("known[1].name", Assert.Throws<FieldException>(() => Watch.Known(twice)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gone_Message_HasItsNameAlone()
    {
        Service? gone = new WatchEvent(EventType.Deleted, new NamespacedName("shop", "web"), null).Message<Service>();
        Assert.Equal(new Service { Metadata = new ObjectMeta { Namespace = "shop", Name = "web" } }, gone);
    }
}
