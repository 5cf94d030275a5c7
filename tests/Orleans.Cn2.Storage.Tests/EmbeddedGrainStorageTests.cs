using Orleans.Storage;

namespace Orleans.Cn2.Storage.Tests;

public sealed class EmbeddedGrainStorageTests : GrainStorageConformance, IAsyncLifetime
{
    private StorageFixture? _fixture;

    protected override IGrainStorage Storage => _fixture!.Storage;

    public async ValueTask InitializeAsync() => _fixture = await StorageFixture.OpenAsync();

    public ValueTask DisposeAsync() => _fixture!.DisposeAsync();

    [Fact]
    public async Task ListKeys_Prefix_GivesMatchingGrainsInKeyOrder()
    {
        foreach (string key in (string[])["web/b", "web/a", "webx", "zzz", "web/ю"])
        {
            await Storage.WriteStateAsync("svc", GrainId.Create("service", key), new State<Note>());
        }

        await Storage.WriteStateAsync("other", GrainId.Create("service", "web/c"), new State<Note>());

        Assert.Equal(
            [GrainId.Create("service", "web/a"), GrainId.Create("service", "web/b"), GrainId.Create("service", "web/ю")],
            await _fixture!.Storage.ListKeysAsync("svc", "web/", TestContext.Current.CancellationToken));
        Assert.Equal(5, (await _fixture.Storage.ListKeysAsync("svc", "", TestContext.Current.CancellationToken)).Length);
    }

    [Fact]
    public async Task Read_WrittenByAnotherRelease_KeepsSharedFields()
    {
        GrainId id = GrainId.Create("note", "versions");
        await Storage.WriteStateAsync("v", id, new State<Note> { Value = new() { Text = "kept", Number = 7 } });

        State<NoteOfLaterRelease> later = new();
        await Storage.ReadStateAsync("v", id, later);

        Assert.Equal("kept", later.Value.Text);
        Assert.Equal("", later.Value.Added);
    }

    [Fact]
    public async Task Read_OtherSerializerThanWritten_IsRefused()
    {
        GrainId id = GrainId.Create("note", "format");
        await Storage.WriteStateAsync("v", id, new State<Note>());
        await _fixture!.Database.WriteAsync(context => context.Session.Execute("UPDATE state SET format = 2"));

        await Assert.ThrowsAsync<NotSupportedException>(() => Storage.ReadStateAsync("v", id, new State<Note>()));
    }
}
