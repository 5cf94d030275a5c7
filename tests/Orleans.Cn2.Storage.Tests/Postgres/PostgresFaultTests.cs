using Orleans.Cn2.Testing.Processes;
using Orleans.Cn2.Testing.Servers;
using TestServer = Orleans.Cn2.Testing.Servers.PostgresServer;

namespace Orleans.Cn2.Storage.Tests.Postgres;

/// <summary>Real causes at a real server: the store says which, changes nothing, and works again when the cause is gone, on the connections it has.</summary>
public sealed class PostgresFaultTests : IAsyncLifetime
{
    private static readonly GrainId Grain = GrainId.Create("fault", "a");
    private TestServer? _server;
    private PostgresStore? _store;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private TestServer Server => _server!;

    private PostgresStore Store => _store!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(Cancellation);
        _store = await PostgresStore.OpenAsync(_server);
    }

    public async ValueTask DisposeAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Write_ServerGone_FailsUnreachableUntilItIsBack()
    {
        State<Note> state = await WriteAsync("before");
        await Server.Process.KillAsync(Cancellation);

        Assert.Equal(StorageFault.Unreachable, await FaultAsync(state));
        Assert.Equal(StorageFault.Unreachable, (await Assert.ThrowsAsync<StorageUnavailableException>(ReadAsync)).Fault);

        await Server.StartAgainAsync(Cancellation);
        await GoesOnAsync(state, "before");
    }

    [Fact]
    public async Task Write_ServerFrozen_FailsUnreachableWithinItsTimeoutUntilItGoesOn()
    {
        State<Note> state = await WriteAsync("before");
        Server.Process.Freeze();

        StorageFault fault = await FaultAsync(state);

        Server.Process.Thaw();
        Assert.Equal(StorageFault.Unreachable, fault);

        // The write that was given up may still take place, as after any crash: its etag says so, and whoever holds another must read anew.
        await EventuallyAsync(ReadAndWriteAsync);
    }

    [Fact]
    public async Task Write_ServerReadOnly_FailsReadOnlyAndReadsGoOn()
    {
        State<Note> state = await WriteAsync("before");
        await Store.ExecuteAsync("ALTER SYSTEM SET default_transaction_read_only = on");
        await Store.ExecuteAsync("SELECT pg_reload_conf()");
        await EventuallyAsync(async () => await TryFaultAsync(state) == StorageFault.ReadOnly);

        Assert.Equal(state.ETag, (await ReadAsync()).ETag);

        await Store.ExecuteAsync("ALTER SYSTEM RESET default_transaction_read_only");
        await Store.ExecuteAsync("SELECT pg_reload_conf()");
        await EventuallyAsync(async () => await TryFaultAsync(state) is null);
    }

    [Fact]
    public async Task Write_DiskFull_FailsFullForWhatNeedsRoomUntilThereIsSome()
    {
        using SmallDisk disk = new(24);
        await PostgresStore.ExecuteAsync(Server.ConnectionString(), $"CREATE TABLESPACE small LOCATION '{MakeOwned(disk)}'");
        await Store.ExecuteAsync("ALTER TABLE cn2.state SET TABLESPACE small");
        State<Note> state = await WriteAsync("before");
        string etag = state.ETag!;
        disk.Fill();
        state.Value = new Note { Text = Large() };

        Assert.Equal(StorageFault.Full, (await Assert.ThrowsAsync<StorageUnavailableException>(() => Store.Storage.WriteStateAsync("n", Grain, state))).Fault);

        Assert.Equal(etag, state.ETag);
        Assert.Equal("before", (await ReadAsync()).Value.Text);
        disk.Free();
        await Store.Storage.WriteStateAsync("n", Grain, state);
        Assert.Equal(state.Value.Text.Length, (await ReadAsync()).Value.Text.Length);
    }

    [Fact]
    public async Task Write_ConnectionsEndedByTheServer_GoOnWithTheNext()
    {
        State<Note> state = await WriteAsync("before");
        await PostgresStore.ExecuteAsync(
            Server.ConnectionString(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cn2-silo'");

        await EventuallyAsync(async () => await TryFaultAsync(state) is null);
    }

    [Fact]
    public async Task Open_ServerGone_FailsUnreachable()
    {
        await Server.Process.StopAsync(Cancellation);

        StorageUnavailableException refused = await Assert.ThrowsAsync<StorageUnavailableException>(() => PostgresStore.OpenAsync(Server.ConnectionString()));

        Assert.Equal(StorageFault.Unreachable, refused.Fault);
    }

    [Fact]
    public async Task Open_NoSuchDatabase_FailsInaccessible() => Assert.Equal(
        StorageFault.Inaccessible,
        (await Assert.ThrowsAsync<StorageUnavailableException>(() => PostgresStore.OpenAsync(Server.ConnectionString("nowhere")))).Fault);

    // Random letters: PostgreSQL stores these out of line and can't make them small.
    private static string Large() => string.Create(8 << 20, new Random(1), (text, random) =>
    {
        for (int i = 0; i < text.Length; i++)
        {
            text[i] = (char)('!' + random.Next(90));
        }
    });

    private static string MakeOwned(SmallDisk disk)
    {
        string folder = Path.Combine(disk.Path, "space");
        Directory.CreateDirectory(folder);
        using System.Diagnostics.Process chown = System.Diagnostics.Process.Start("chown", ["postgres", folder]);
        chown.WaitForExit();
        return folder;
    }

    private async Task<State<Note>> WriteAsync(string text)
    {
        State<Note> state = new() { Value = new Note { Text = text } };
        await Store.Storage.WriteStateAsync("n", Grain, state);
        return state;
    }

    private async Task<State<Note>> ReadAsync()
    {
        State<Note> state = new();
        await Store.Storage.ReadStateAsync("n", Grain, state);
        return state;
    }

    private async Task<StorageFault> FaultAsync(State<Note> state) =>
        await TryFaultAsync(state) ?? throw new InvalidOperationException("the write succeeded");

    private async Task<StorageFault?> TryFaultAsync(State<Note> state)
    {
        state.Value = new Note { Text = "refused" };
        try
        {
            await Store.Storage.WriteStateAsync("n", Grain, state);
            return null;
        }
        catch (StorageUnavailableException failure)
        {
            return failure.Fault;
        }
    }

    private static Task EventuallyAsync(Func<Task<bool>> condition) => Until.TrueAsync("the store answers so", TimeSpan.FromSeconds(60), condition, () => "");

    private async Task<bool> ReadAndWriteAsync()
    {
        try
        {
            State<Note> now = await ReadAsync();
            Assert.Contains(now.Value.Text, (string[])["before", "refused"]);
            return await TryFaultAsync(now) is null;
        }
        catch (Exception stale) when (stale is StorageUnavailableException or Orleans.Storage.InconsistentStateException)
        {
            return false;
        }
    }

    private async Task GoesOnAsync(State<Note> state, string text)
    {
        Assert.Equal(text, (await ReadAsync()).Value.Text);
        await EventuallyAsync(async () => await TryFaultAsync(state) is null);
    }
}
