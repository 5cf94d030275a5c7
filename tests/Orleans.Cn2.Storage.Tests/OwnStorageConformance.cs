using Microsoft.Extensions.DependencyInjection;
using Orleans.Cn2.Storage.States;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace Orleans.Cn2.Storage.Tests;

/// <summary>What the stores of this product do beyond what Orleans asks of a provider.</summary>
public abstract class OwnStorageConformance : GrainStorageConformance, IAsyncLifetime
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();
    private StateGrainStorage? _storage;

    protected override IGrainStorage Storage => Own;

    private protected abstract IStateStore Store { get; }

    private StateGrainStorage Own =>
        _storage ??= new(Store, _services.GetRequiredService<Serializer>(), _services.GetRequiredService<IActivatorProvider>());

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
            await Own.ListKeysAsync("svc", "web/", TestContext.Current.CancellationToken));
        Assert.Equal(5, (await Own.ListKeysAsync("svc", "", TestContext.Current.CancellationToken)).Length);
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

    /// <summary>Builds that know only the formats before take what is missing for empty: they must refuse what is written now.</summary>
    [Fact]
    public async Task Write_NamesTheFormat()
    {
        GrainId id = GrainId.Create("note", "packed");
        await Storage.WriteStateAsync("v", id, new State<Note>());

        StoredState? stored = await Store.ReadAsync(StateAddress.Of("v", id));

        Assert.Equal(PayloadFormat.FlatLabels, stored?.Format);
    }

    [Theory]
    [InlineData((int)PayloadFormat.OrleansBinary)]
    [InlineData((int)PayloadFormat.Packed)]
    [InlineData((int)PayloadFormat.ListedByShardsAlone)]
    [InlineData((int)PayloadFormat.PackedVmis)]
    [InlineData((int)PayloadFormat.ListInParts)]
    public async Task Read_EarlierFormat_IsRead(int format)
    {
        GrainId id = GrainId.Create("note", $"former-{format}");
        State<Note> note = new();
        note.Value.Text = "kept";
        await Storage.WriteStateAsync("v", id, note);
        StoredState? stored = await Store.ReadAsync(StateAddress.Of("v", id));
        await Store.WriteAsync(StateAddress.Of("v", id), stored!.Etag, (PayloadFormat)format, stored.Payload);

        State<Note> read = new();
        await Storage.ReadStateAsync("v", id, read);

        Assert.Equal("kept", read.Value.Text);
    }

    [Fact]
    public async Task Read_FormatOfALaterRelease_IsRefused()
    {
        GrainId id = GrainId.Create("note", "format");
        EtagCheck written = await Store.WriteAsync(StateAddress.Of("v", id), null, (PayloadFormat)99, [1, 2, 3]);
        Assert.True(written.Holds);

        await Assert.ThrowsAsync<NotSupportedException>(() => Storage.ReadStateAsync("v", id, new State<Note>()));
    }

    public abstract ValueTask InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await CloseAsync();
        await _services.DisposeAsync();
    }

    private protected abstract ValueTask CloseAsync();
}
