using Microsoft.Data.Sqlite;

namespace Orleans.Cn2.Storage.Tests.Embedded;

/// <summary>Real causes, made with the file itself: the store says which, loses nothing, and works again when the cause is gone.</summary>
public sealed class StorageFaultTests
{
    private static readonly GrainId Grain = GrainId.Create("fault", "a");

    private static async Task<StorageUnavailableException> WriteFails(StorageFixture store, State<Note> state)
    {
        StorageUnavailableException failure = await Assert.ThrowsAsync<StorageUnavailableException>(
            () => store.Storage.WriteStateAsync("n", Grain, state));
        Assert.Equal(store.Path, failure.Location);
        return failure;
    }

    private static async Task<State<Note>> Written(StorageFixture store)
    {
        State<Note> state = new() { Value = new() { Text = "before" } };
        await store.Storage.WriteStateAsync("n", Grain, state);
        return state;
    }

    private static SqliteConnection OpenDirectly(string path)
    {
        SqliteConnection connection = new($"Data Source={path};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    [Fact]
    public async Task Write_SizeLimitReached_FailsFullUntilRoomIsMade()
    {
        await using StorageFixture store = await StorageFixture.OpenAsync(configure: options => options.MaxBytes = 64 * 4096);
        State<Note> state = await Written(store);
        string etag = state.ETag!;
        state.Value = new() { Text = new string('x', 1 << 20) };

        Assert.Equal(StorageFault.Full, (await WriteFails(store, state)).Fault);

        Assert.Equal(etag, state.ETag);
        state.Value = new() { Text = "small" };
        await store.Storage.WriteStateAsync("n", Grain, state);
    }

    [Fact]
    public async Task Write_TooLargeInABatch_DoesNotFailItsNeighbours()
    {
        await using StorageFixture store = await StorageFixture.OpenAsync(configure: options => options.MaxBytes = 64 * 4096);
        Task large = store.Storage.WriteStateAsync(
            "n", GrainId.Create("fault", "large"), new State<Note> { Value = new() { Text = new string('x', 1 << 20) } });
        Task[] small = [.. Enumerable.Range(0, 100).Select(i => store.Storage.WriteStateAsync("n", GrainId.Create("fault", $"{i}"), new State<Note>()))];

        await Task.WhenAll(small);

        Assert.Equal(StorageFault.Full, (await Assert.ThrowsAsync<StorageUnavailableException>(() => large)).Fault);
    }

    [Fact]
    public async Task Write_FileMovedAway_FailsUntilItIsBack()
    {
        await using StorageFixture store = await StorageFixture.OpenAsync();
        State<Note> state = await Written(store);
        File.Move(store.Path, store.Path + ".away");

        Assert.Equal(StorageFault.Inaccessible, (await WriteFails(store, state)).Fault);
        Assert.False(File.Exists(store.Path));

        File.Move(store.Path + ".away", store.Path);
        await store.Storage.WriteStateAsync("n", Grain, state);
    }

    [Fact]
    public async Task Write_LockedByAnotherConnection_FailsLockedUntilReleased()
    {
        await using StorageFixture store = await StorageFixture.OpenAsync();
        State<Note> state = await Written(store);
        await using SqliteConnection other = OpenDirectly(store.Path);
        Run(other, "BEGIN IMMEDIATE");

        Assert.Equal(StorageFault.Locked, (await WriteFails(store, state)).Fault);
        State<Note> read = new();
        await store.Storage.ReadStateAsync("n", Grain, read);
        Assert.Equal("before", read.Value.Text);

        Run(other, "ROLLBACK");
        await store.Storage.WriteStateAsync("n", Grain, state);
    }

    [Fact]
    public async Task Open_NotADatabase_FailsCorruptAndKeepsTheFile()
    {
        string path = StorageFixture.NewPath();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, new string('?', 8192), TestContext.Current.CancellationToken);

        StorageUnavailableException failure = await Assert.ThrowsAsync<StorageUnavailableException>(() => StorageFixture.OpenAsync(path));

        Assert.Equal(StorageFault.Corrupt, failure.Fault);
        Assert.Equal(8192, new FileInfo(path).Length);
        Directory.GetParent(path)!.Parent!.Delete(true);
    }

    [Fact]
    public async Task Open_SecondTime_IsRefusedUntilTheFirstIsClosed()
    {
        await using StorageFixture first = await StorageFixture.OpenAsync();

        StorageUnavailableException failure = await Assert.ThrowsAsync<StorageUnavailableException>(() => StorageFixture.OpenAsync(first.Path));

        Assert.Equal(StorageFault.Locked, failure.Fault);
        await first.Database.CloseAsync();
        await using StorageFixture second = await StorageFixture.OpenAsync(first.Path);
    }

    [Fact]
    public async Task Open_NewerSchema_IsRefused()
    {
        await using StorageFixture store = await StorageFixture.OpenAsync();
        await store.Database.CloseAsync();
        await using (SqliteConnection direct = OpenDirectly(store.Path))
        {
            Run(direct, "PRAGMA user_version=99");
        }

        StorageUnavailableException failure = await Assert.ThrowsAsync<StorageUnavailableException>(() => store.Database.OpenAsync());

        Assert.Equal(StorageFault.SchemaTooNew, failure.Fault);
    }

    [Fact]
    public async Task Close_WritesQueued_MakesThemDurableThenRefuses()
    {
        await using StorageFixture store = await StorageFixture.OpenAsync(configure: options => options.MaxBatch = 4);
        Task[] writes = [.. Enumerable.Range(0, 200).Select(i => store.Storage.WriteStateAsync("n", GrainId.Create("q", $"{i}"), new State<Note>()))];

        await store.Database.CloseAsync();

        await Task.WhenAll(writes);
        Assert.Equal(StorageFault.Closed, (await WriteFails(store, new())).Fault);
        Assert.False(File.Exists(store.Path + "-wal"));
        await store.Database.OpenAsync();
        Assert.Equal(200, (await store.Storage.ListKeysAsync("n", "", TestContext.Current.CancellationToken)).Length);
    }

    [Fact]
    public async Task Write_OperationThrows_FailsThatCallerAndTheWriterGoesOn()
    {
        await using StorageFixture store = await StorageFixture.OpenAsync();

        await Assert.ThrowsAsync<FormatException>(() => store.Database.WriteAsync<int>(_ => throw new FormatException("bad")));

        await Written(store);
    }
}
